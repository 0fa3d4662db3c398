// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {NoncesKeyed} from "@openzeppelin/contracts/utils/NoncesKeyed.sol";

import {IAccessGrants} from "./interfaces/IAccessGrants.sol";

/// @title AccessGrants
/// @notice Immutable: no owner, no proxy, no pause. Nobody but an owner touches its grants; nobody ends a timelock early.
contract AccessGrants is IAccessGrants, EIP712, NoncesKeyed {
    /* CONSTANTS */

    /// @inheritdoc IAccessGrants
    uint256 public constant MAX_BATCH = 100;

    /// @inheritdoc IAccessGrants
    uint64 public constant MAX_TIMELOCK = 20 * 365 days;

    bytes32 private constant CREATE_GRANT_TYPEHASH = keccak256(
        "CreateGrant(address owner,address grantee,bytes32 dataId,uint64 lockedUntil,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant EXTEND_TIMELOCK_TYPEHASH = keccak256(
        "ExtendTimelock(address owner,address grantee,bytes32 dataId,uint64 lockedUntil,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant REVOKE_GRANT_TYPEHASH =
        keccak256("RevokeGrant(address owner,address grantee,bytes32 dataId,uint256 nonce,uint64 deadline)");
    bytes32 private constant CREATE_GRANTS_TYPEHASH = keccak256(
        "CreateGrants(address owner,NewGrant[] grants,uint256 nonce,uint64 deadline)NewGrant(address grantee,bytes32 dataId,uint64 lockedUntil)"
    );
    bytes32 private constant NEW_GRANT_TYPEHASH =
        keccak256("NewGrant(address grantee,bytes32 dataId,uint64 lockedUntil)");
    bytes32 private constant REVOKE_GRANTS_TYPEHASH = keccak256(
        "RevokeGrants(address owner,GrantRef[] grants,uint256 nonce,uint64 deadline)GrantRef(address grantee,bytes32 dataId)"
    );
    bytes32 private constant GRANT_REF_TYPEHASH = keccak256("GrantRef(address grantee,bytes32 dataId)");
    bytes32 private constant WRITE_GRANT_TYPEHASH = keccak256(
        "WriteGrant(address owner,address grantee,bytes32 issuerKey,bytes32 credentialId,bytes32 dataId,uint64 lockedUntil,uint64 notBefore,uint64 notAfter,uint256 nonce)"
    );

    /// @dev First byte of an event in the history.
    uint8 private constant TAG_CREATED = 1;
    uint8 private constant TAG_EXTENDED = 2;
    uint8 private constant TAG_REVOKED = 3;

    /// @dev What precedes an address in the history: kind 0 (the chain's own account), length 20.
    uint16 private constant ADDRESS_PREFIX = 0x0014;

    /* STORAGE */

    /// @dev `createdAt << 64 | lockedUntil`, 0 if there is no grant. A struct would be stored field by field.
    mapping(bytes32 key => uint256) private _grants;

    /// @inheritdoc IAccessGrants
    bytes32 public historyHead;

    /* CONSTRUCTOR */

    constructor() EIP712("idOS AccessGrants", "1") {}

    /* READ */

    /// @inheritdoc IAccessGrants
    function hasAccess(address owner, address grantee, bytes32 dataId) external view returns (bool) {
        return _grants[_key(owner, grantee, dataId)] != 0;
    }

    /// @inheritdoc IAccessGrants
    function grantOf(address owner, address grantee, bytes32 dataId)
        external
        view
        returns (bool exists, uint64 createdAt, uint64 lockedUntil)
    {
        uint256 grant = _grants[_key(owner, grantee, dataId)];
        return (grant != 0, uint64(grant >> 64), uint64(grant));
    }

    /* BY THE OWNER */

    /// @inheritdoc IAccessGrants
    function createGrant(address grantee, bytes32 dataId, uint64 lockedUntil) external {
        historyHead = _create(historyHead, msg.sender, grantee, dataId, lockedUntil);
    }

    /// @inheritdoc IAccessGrants
    function createGrants(NewGrant[] calldata grants_) external {
        _checkBatch(grants_.length);
        _createAll(msg.sender, grants_);
    }

    /// @inheritdoc IAccessGrants
    function extendTimelock(address grantee, bytes32 dataId, uint64 lockedUntil) external {
        historyHead = _extend(historyHead, msg.sender, grantee, dataId, lockedUntil);
    }

    /// @inheritdoc IAccessGrants
    function revokeGrant(address grantee, bytes32 dataId) external {
        historyHead = _revoke(historyHead, msg.sender, grantee, dataId);
    }

    /// @inheritdoc IAccessGrants
    function revokeGrants(GrantRef[] calldata grants_) external {
        _checkBatch(grants_.length);
        _revokeAll(msg.sender, grants_);
    }

    /// @inheritdoc IAccessGrants
    function cancelNonce(uint256 nonce) external {
        _spendNonce(msg.sender, nonce);
    }

    /* SIGNED BY THE OWNER, SENT BY ANYONE */

    /// @inheritdoc IAccessGrants
    function createGrantBySig(
        bytes calldata signer,
        address grantee,
        bytes32 dataId,
        uint64 lockedUntil,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        address owner = _ownerOf(signer);
        bytes32 message =
            keccak256(abi.encode(CREATE_GRANT_TYPEHASH, owner, grantee, dataId, lockedUntil, nonce, deadline));
        _authorize(signer, owner, message, nonce, deadline, signature);
        historyHead = _create(historyHead, owner, grantee, dataId, lockedUntil);
    }

    /// @inheritdoc IAccessGrants
    function createGrantsBySig(
        bytes calldata signer,
        NewGrant[] calldata grants_,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        _checkBatch(grants_.length);
        address owner = _ownerOf(signer);
        bytes32 message = keccak256(abi.encode(CREATE_GRANTS_TYPEHASH, owner, _hash(grants_), nonce, deadline));
        _authorize(signer, owner, message, nonce, deadline, signature);
        _createAll(owner, grants_);
    }

    /// @inheritdoc IAccessGrants
    function extendTimelockBySig(
        bytes calldata signer,
        address grantee,
        bytes32 dataId,
        uint64 lockedUntil,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        address owner = _ownerOf(signer);
        bytes32 message =
            keccak256(abi.encode(EXTEND_TIMELOCK_TYPEHASH, owner, grantee, dataId, lockedUntil, nonce, deadline));
        _authorize(signer, owner, message, nonce, deadline, signature);
        historyHead = _extend(historyHead, owner, grantee, dataId, lockedUntil);
    }

    /// @inheritdoc IAccessGrants
    function revokeGrantBySig(
        bytes calldata signer,
        address grantee,
        bytes32 dataId,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        address owner = _ownerOf(signer);
        bytes32 message = keccak256(abi.encode(REVOKE_GRANT_TYPEHASH, owner, grantee, dataId, nonce, deadline));
        _authorize(signer, owner, message, nonce, deadline, signature);
        historyHead = _revoke(historyHead, owner, grantee, dataId);
    }

    /// @inheritdoc IAccessGrants
    function revokeGrantsBySig(
        bytes calldata signer,
        GrantRef[] calldata grants_,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        _checkBatch(grants_.length);
        address owner = _ownerOf(signer);
        bytes32 message = keccak256(abi.encode(REVOKE_GRANTS_TYPEHASH, owner, _hash(grants_), nonce, deadline));
        _authorize(signer, owner, message, nonce, deadline, signature);
        _revokeAll(owner, grants_);
    }

    /// @inheritdoc IAccessGrants
    function createGrantByWriteGrant(WriteGrant calldata writeGrant, bytes calldata signer, bytes calldata signature)
        external
    {
        address owner = _ownerOf(signer);
        if (owner != writeGrant.owner) revert InvalidSignature();
        if (block.timestamp < writeGrant.notBefore) revert SignatureNotYetValid(writeGrant.notBefore);
        bytes32 message = keccak256(abi.encode(WRITE_GRANT_TYPEHASH, writeGrant));
        _authorize(signer, owner, message, writeGrant.nonce, writeGrant.notAfter, signature);
        historyHead = _create(historyHead, owner, writeGrant.grantee, writeGrant.dataId, writeGrant.lockedUntil);
    }

    /* VERBS: checks, effects, event; each returns the new history head, which its caller stores once */

    function _create(bytes32 head, address owner, address grantee, bytes32 dataId, uint64 lockedUntil)
        private
        returns (bytes32)
    {
        if (grantee == address(0) || grantee == owner) revert InvalidGrantee(grantee);
        bytes32 key = _key(owner, grantee, dataId);
        if (_grants[key] != 0) revert GrantExists();
        if (lockedUntil != 0) _checkTimelock(lockedUntil);

        _grants[key] = (block.timestamp << 64) | lockedUntil;

        emit GrantCreated(owner, grantee, dataId, lockedUntil);
        return _fold(head, TAG_CREATED, owner, grantee, dataId, lockedUntil);
    }

    function _extend(bytes32 head, address owner, address grantee, bytes32 dataId, uint64 lockedUntil)
        private
        returns (bytes32)
    {
        bytes32 key = _key(owner, grantee, dataId);
        uint256 grant = _grants[key];
        if (grant == 0) revert GrantNotFound();
        _checkTimelock(lockedUntil);
        if (lockedUntil <= uint64(grant)) revert InvalidTimelock(lockedUntil);

        _grants[key] = (grant >> 64 << 64) | lockedUntil;

        emit TimelockExtended(owner, grantee, dataId, lockedUntil);
        return _fold(head, TAG_EXTENDED, owner, grantee, dataId, lockedUntil);
    }

    function _revoke(bytes32 head, address owner, address grantee, bytes32 dataId) private returns (bytes32) {
        bytes32 key = _key(owner, grantee, dataId);
        uint256 grant = _grants[key];
        uint64 lockedUntil = uint64(grant);
        if (grant == 0) revert GrantNotFound();
        if (block.timestamp <= lockedUntil) revert GrantLocked(lockedUntil);

        delete _grants[key];

        emit GrantRevoked(owner, grantee, dataId, lockedUntil);
        return _fold(head, TAG_REVOKED, owner, grantee, dataId, lockedUntil);
    }

    function _createAll(address owner, NewGrant[] calldata grants_) private {
        bytes32 head = historyHead;
        for (uint256 i; i < grants_.length; ++i) {
            head = _create(head, owner, grants_[i].grantee, grants_[i].dataId, grants_[i].lockedUntil);
        }
        historyHead = head;
    }

    function _revokeAll(address owner, GrantRef[] calldata grants_) private {
        bytes32 head = historyHead;
        for (uint256 i; i < grants_.length; ++i) {
            head = _revoke(head, owner, grants_[i].grantee, grants_[i].dataId);
        }
        historyHead = head;
    }

    /* CHECKS */

    function _checkBatch(uint256 size) private pure {
        if (size == 0) revert EmptyBatch();
        if (size > MAX_BATCH) revert BatchTooLarge(size, MAX_BATCH);
    }

    function _checkTimelock(uint64 lockedUntil) private view {
        if (lockedUntil <= block.timestamp || lockedUntil > block.timestamp + MAX_TIMELOCK) {
            revert InvalidTimelock(lockedUntil);
        }
    }

    /// @dev The only call to another contract, a static one, comes before any effect.
    function _authorize(
        bytes calldata signer,
        address owner,
        bytes32 message,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) private {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        if (!SignatureChecker.isValidSignatureNow(signer, _hashTypedDataV4(message), signature)) {
            revert InvalidSignature();
        }
        _spendNonce(owner, nonce);
    }

    function _spendNonce(address owner, uint256 nonce) private {
        uint192 nonceKey = uint192(nonce >> 64);
        if (nonces(owner, nonceKey) != nonce) revert NonceUsed(owner, nonce);
        _useNonce(owner, nonceKey);
    }

    function _ownerOf(bytes calldata signer) private pure returns (address) {
        if (signer.length < 20) revert InvalidSignature();
        return signer.length == 20 ? address(bytes20(signer)) : address(uint160(uint256(keccak256(signer))));
    }

    /* HASHES */

    function _key(address owner, address grantee, bytes32 dataId) private pure returns (bytes32) {
        return keccak256(abi.encode(owner, grantee, dataId));
    }

    function _fold(bytes32 head, uint8 tag, address owner, address grantee, bytes32 dataId, uint64 lockedUntil)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encodePacked(
                head, tag, ADDRESS_PREFIX, owner, ADDRESS_PREFIX, grantee, dataId, lockedUntil, uint64(block.timestamp)
            )
        );
    }

    function _hash(NewGrant[] calldata grants_) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](grants_.length);
        for (uint256 i; i < grants_.length; ++i) {
            hashes[i] = keccak256(abi.encode(NEW_GRANT_TYPEHASH, grants_[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _hash(GrantRef[] calldata grants_) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](grants_.length);
        for (uint256 i; i < grants_.length; ++i) {
            hashes[i] = keccak256(abi.encode(GRANT_REF_TYPEHASH, grants_[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}

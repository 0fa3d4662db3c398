// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

/// @title IAccessGrants
/// @notice Who lets whom read which copy of a credential, and until when that permission cannot be taken back.
/// @dev A grant is keyed by `(owner, grantee, dataId)`: at most one per triple. Times are Unix seconds. A grant is locked
/// while `block.timestamp <= lockedUntil`; 0 means no timelock. There is no list on chain: events carry everything.
///
/// Every verb that writes checks in this order and reverts at the first failure: batch size; signer, times, signature,
/// nonce; grantee, existence, timelock. What is written, emitted and folded into the history comes after all checks.
interface IAccessGrants {
    /* TYPES */

    /// @notice One grant to create.
    /// @param grantee The account that may read: not zero, not the owner. May be a contract.
    /// @param dataId The id of the credential copy in the store: 32 random bytes.
    /// @param lockedUntil Unix seconds; 0 for no timelock.
    struct NewGrant {
        address grantee;
        bytes32 dataId;
        uint64 lockedUntil;
    }

    /// @notice One grant of an owner.
    struct GrantRef {
        address grantee;
        bytes32 dataId;
    }

    /// @notice What an owner signs once so that an issuer may store a credential (off chain) and hold a grant on its own
    /// copy (on chain).
    /// @dev This contract uses `owner`, `grantee`, `dataId`, `lockedUntil`, the times and the nonce. It does not interpret
    /// `issuerKey` and `credentialId`: they bind the store, under the same signature.
    /// @param owner The account that signs.
    /// @param grantee The issuer's account, which gets the grant.
    /// @param issuerKey The issuer's Ed25519 public key.
    /// @param credentialId The id under which the issuer may store the original.
    /// @param dataId The id of the issuer's own copy: the grant is on it.
    /// @param lockedUntil Unix seconds; 0 for no timelock.
    /// @param notBefore Unix seconds: the first moment at which it may be used.
    /// @param notAfter Unix seconds: the last moment at which it may be used.
    /// @param nonce The owner's keyed nonce.
    struct WriteGrant {
        address owner;
        address grantee;
        bytes32 issuerKey;
        bytes32 credentialId;
        bytes32 dataId;
        uint64 lockedUntil;
        uint64 notBefore;
        uint64 notAfter;
        uint256 nonce;
    }

    /* EVENTS */

    /// @notice Emitted when `owner` lets `grantee` read `dataId`.
    event GrantCreated(address indexed owner, address indexed grantee, bytes32 indexed dataId, uint64 lockedUntil);

    /// @notice Emitted when `owner` moves the end of a grant's timelock to `lockedUntil`.
    event TimelockExtended(address indexed owner, address indexed grantee, bytes32 indexed dataId, uint64 lockedUntil);

    /// @notice Emitted when `owner` ends a grant. `lockedUntil` is the timelock the grant had.
    event GrantRevoked(address indexed owner, address indexed grantee, bytes32 indexed dataId, uint64 lockedUntil);

    /* ERRORS */

    /// @notice The owner already has this grant.
    error GrantExists();

    /// @notice The owner has no such grant.
    error GrantNotFound();

    /// @notice The grant cannot be revoked before `lockedUntil` has passed.
    error GrantLocked(uint64 lockedUntil);

    /// @notice The timelock is not later than now (or than the current one), or more than `MAX_TIMELOCK` ahead.
    error InvalidTimelock(uint64 lockedUntil);

    /// @notice The grantee is zero, or the owner.
    error InvalidGrantee(address grantee);

    /// @notice The signature is not the signer's for this message, or the signer is malformed or not the owner.
    error InvalidSignature();

    /// @notice The signed message may be used only from `notBefore` on.
    error SignatureNotYetValid(uint256 notBefore);

    /// @notice The signed message could be used until `deadline`.
    error SignatureExpired(uint256 deadline);

    /// @notice `nonce` is not the next of `owner` under its key: it was used, cancelled, or comes too early.
    error NonceUsed(address owner, uint256 nonce);

    /// @notice More than `max` items in one call.
    error BatchTooLarge(uint256 size, uint256 max);

    /// @notice No item in a batch.
    error EmptyBatch();

    /* READ */

    /// @notice The most grants one call may create or revoke.
    function MAX_BATCH() external view returns (uint256);

    /// @notice How far ahead a timelock may end, in seconds: 20 years of 365 days.
    function MAX_TIMELOCK() external view returns (uint64);

    /// @notice Whether `grantee` may read `dataId` of `owner`. O(1); a grant stands, locked or not, until it is revoked.
    /// @dev It does not say that `dataId` exists, nor that it belongs to `owner`: only the store knows.
    function hasAccess(address owner, address grantee, bytes32 dataId) external view returns (bool);

    /// @notice The grant on `dataId` from `owner` to `grantee`, all zero if there is none.
    function grantOf(address owner, address grantee, bytes32 dataId)
        external
        view
        returns (bool exists, uint64 createdAt, uint64 lockedUntil);

    /// @notice The hash chain over every event so far: `head = keccak256(head || encoding)`, from `bytes32(0)`.
    /// @dev The encoding of an event, the same on every chain, is in `contracts/README.md`.
    function historyHead() external view returns (bytes32);

    /* BY THE OWNER */

    /// @notice Lets `grantee` read `dataId` of the caller.
    function createGrant(address grantee, bytes32 dataId, uint64 lockedUntil) external;

    /// @notice Creates all grants, or none. 1 to `MAX_BATCH` of them.
    function createGrants(NewGrant[] calldata grants_) external;

    /// @notice Moves the end of a grant's timelock to a later time. It can never be moved back.
    function extendTimelock(address grantee, bytes32 dataId, uint64 lockedUntil) external;

    /// @notice Ends a grant that is not locked.
    function revokeGrant(address grantee, bytes32 dataId) external;

    /// @notice Revokes all grants, or none. 1 to `MAX_BATCH` of them.
    function revokeGrants(GrantRef[] calldata grants_) external;

    /// @notice Uses up the caller's `nonce`, so that nothing signed with it can be used any more.
    /// @param nonce The next nonce of its key: 192 bits of key, then 64 bits of sequence.
    function cancelNonce(uint256 nonce) external;

    /* SIGNED BY THE OWNER, SENT BY ANYONE */

    /// @notice As `createGrant`, for the owner that signed `CreateGrant`.
    /// @dev All verbs below share these parameters. A signature works once, on this contract and chain only.
    /// @param signer 20 bytes: the owner's address (EOA or ERC-1271 contract). More: an ERC-7913 signer, verifier then key,
    /// whose owner address is the last 20 bytes of `keccak256(signer)`.
    /// @param nonce The owner's keyed nonce; nonces under different keys may be used in any order.
    /// @param deadline Unix seconds: the last moment at which the signature may be used.
    /// @param signature Over the EIP-712 message, whose domain is `("idOS AccessGrants", "1", chain id, this contract)`.
    function createGrantBySig(
        bytes calldata signer,
        address grantee,
        bytes32 dataId,
        uint64 lockedUntil,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice As `createGrants`, for the owner that signed `CreateGrants`.
    function createGrantsBySig(
        bytes calldata signer,
        NewGrant[] calldata grants_,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice As `extendTimelock`, for the owner that signed `ExtendTimelock`.
    function extendTimelockBySig(
        bytes calldata signer,
        address grantee,
        bytes32 dataId,
        uint64 lockedUntil,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice As `revokeGrant`, for the owner that signed `RevokeGrant`.
    function revokeGrantBySig(
        bytes calldata signer,
        address grantee,
        bytes32 dataId,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice As `revokeGrants`, for the owner that signed `RevokeGrants`.
    function revokeGrantsBySig(
        bytes calldata signer,
        GrantRef[] calldata grants_,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Creates the issuer's grant that `writeGrant` allows: once, between its `notBefore` and `notAfter`.
    /// @dev Whether the issuer has stored anything is not checked, and cannot be.
    function createGrantByWriteGrant(WriteGrant calldata writeGrant, bytes calldata signer, bytes calldata signature)
        external;
}

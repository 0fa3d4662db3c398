// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

/// @notice The README's hashes, written a second time, byte by byte.
library AccessGrantsModel {
    uint8 internal constant CREATED = 1;
    uint8 internal constant EXTENDED = 2;
    uint8 internal constant REVOKED = 3;

    /* HISTORY */

    function account(address native) internal pure returns (bytes memory) {
        return bytes.concat(hex"00", hex"14", bytes20(native));
    }

    function fold(
        bytes32 head,
        uint8 tag,
        address owner,
        address grantee,
        bytes32 dataId,
        uint64 lockedUntil,
        uint256 timestamp
    ) internal pure returns (bytes32) {
        bytes memory parties = bytes.concat(account(owner), account(grantee), dataId);
        bytes memory times = bytes.concat(bytes8(lockedUntil), bytes8(uint64(timestamp)));
        return keccak256(bytes.concat(head, bytes1(tag), parties, times));
    }

    /* EIP-712 */

    string internal constant NEW_GRANT = "NewGrant(address grantee,bytes32 dataId,uint64 lockedUntil)";
    string internal constant GRANT_REF = "GrantRef(address grantee,bytes32 dataId)";

    function digest(address verifyingContract, uint256 chainId, bytes32 message) internal pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("idOS AccessGrants"),
                keccak256("1"),
                chainId,
                verifyingContract
            )
        );
        return keccak256(bytes.concat(hex"1901", domain, message));
    }

    /// @dev `verb` is CreateGrant or ExtendTimelock: they have the same fields.
    function lockMessage(
        string memory verb,
        address owner,
        address grantee,
        bytes32 dataId,
        uint64 lockedUntil,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        bytes memory fields =
            "(address owner,address grantee,bytes32 dataId,uint64 lockedUntil,uint256 nonce,uint64 deadline)";
        bytes32 typeHash = keccak256(bytes.concat(bytes(verb), fields));
        return keccak256(abi.encode(typeHash, owner, grantee, dataId, lockedUntil, nonce, deadline));
    }

    function revokeMessage(address owner, address grantee, bytes32 dataId, uint256 nonce, uint64 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash =
            keccak256("RevokeGrant(address owner,address grantee,bytes32 dataId,uint256 nonce,uint64 deadline)");
        return keccak256(abi.encode(typeHash, owner, grantee, dataId, nonce, deadline));
    }

    /// @dev `verb` is CreateGrants or RevokeGrants, `item` the type of what they list.
    function batchMessage(
        string memory verb,
        string memory item,
        string memory itemName,
        address owner,
        bytes memory itemHashes,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        bytes memory fields =
            bytes.concat("(address owner,", bytes(itemName), "[] grants,uint256 nonce,uint64 deadline)");
        bytes32 typeHash = keccak256(bytes.concat(bytes(verb), fields, bytes(item)));
        return keccak256(abi.encode(typeHash, owner, keccak256(itemHashes), nonce, deadline));
    }
}

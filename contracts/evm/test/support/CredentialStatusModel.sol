// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

/// @notice The README's encoding of a status change, written a second time, byte by byte.
library CredentialStatusModel {
    function fold(
        bytes32 head,
        address issuer,
        uint32 list,
        uint8 purpose,
        uint16 wordIndex,
        uint256 word,
        uint256 timestamp
    ) internal pure returns (bytes32) {
        bytes memory account = bytes.concat(hex"00", hex"14", bytes20(issuer));
        bytes memory place = bytes.concat(bytes4(list), bytes1(purpose), bytes2(wordIndex));
        bytes memory change = bytes.concat(hex"04", account, place, bytes32(word), bytes8(uint64(timestamp)));
        return keccak256(bytes.concat(head, change));
    }
}

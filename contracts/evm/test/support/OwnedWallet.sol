// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice The least ERC-1271 wallet: one key signs for it and calls through it. For tests only.
contract OwnedWallet is IERC1271 {
    address public immutable OWNER;

    error NotOwner();

    constructor(address owner) {
        OWNER = owner;
    }

    function execute(address to, bytes calldata data) external returns (bytes memory) {
        if (msg.sender != OWNER) revert NotOwner();
        (bool success, bytes memory result) = to.call(data);
        if (success) return result;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result)) // the callee's own error
        }
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address recovered,,) = ECDSA.tryRecoverCalldata(hash, signature);
        return recovered == OWNER ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

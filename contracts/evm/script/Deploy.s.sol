// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";

import {AccessGrants} from "../src/AccessGrants.sol";
import {CredentialStatus} from "../src/CredentialStatus.sol";
import {vm} from "../test/support/Vm.sol";

/// @notice Deploys both contracts through the usual CREATE2 deployer. They take no argument and have no owner, so whoever
/// runs this gets the same code at the same addresses on every chain; where it is there already, nothing is sent.
contract Deploy {
    bool public constant IS_SCRIPT = true;

    bytes32 internal constant SALT = 0;
    address internal constant CREATE2_DEPLOYER = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    function run() external returns (address accessGrants, address credentialStatus) {
        vm.startBroadcast();
        accessGrants = deploy(type(AccessGrants).creationCode);
        credentialStatus = deploy(type(CredentialStatus).creationCode);
        vm.stopBroadcast();
    }

    function deploy(bytes memory code) internal returns (address deployed) {
        deployed = Create2.computeAddress(SALT, keccak256(code), CREATE2_DEPLOYER);
        if (deployed.code.length != 0) return deployed;
        (bool success,) = CREATE2_DEPLOYER.call(abi.encodePacked(SALT, code));
        require(success && deployed.code.length != 0, "deployment failed");
    }
}

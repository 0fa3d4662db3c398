// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {CredentialStatus} from "../../src/CredentialStatus.sol";
import {ICredentialStatus} from "../../src/interfaces/ICredentialStatus.sol";
import {CredentialStatusModel} from "./CredentialStatusModel.sol";
import {vm} from "./Vm.sol";

/// @notice What every test of CredentialStatus stands on.
abstract contract CredentialStatusTest {
    bool public constant IS_TEST = true;

    uint256 internal constant NOW = 1_800_000_000;
    uint32 internal constant LIST_SIZE = 131_072;
    uint16 internal constant WORDS = 512;
    uint32 internal constant LIST = 7;
    address internal constant ISSUER = address(0x155);

    ICredentialStatus.Status internal constant VALID = ICredentialStatus.Status.Valid;
    ICredentialStatus.Status internal constant SUSPENDED = ICredentialStatus.Status.Suspended;
    ICredentialStatus.Status internal constant REVOKED = ICredentialStatus.Status.Revoked;
    ICredentialStatus.Purpose internal constant REVOCATION = ICredentialStatus.Purpose.Revocation;
    ICredentialStatus.Purpose internal constant SUSPENSION = ICredentialStatus.Purpose.Suspension;

    CredentialStatus internal statuses;

    function setUp() public virtual {
        vm.warp(NOW);
        statuses = new CredentialStatus();
        vm.label(ISSUER, "issuer");
    }

    function setStatus(uint32 index, ICredentialStatus.Status status) internal {
        vm.prank(ISSUER);
        statuses.setStatus(LIST, index, status);
    }

    function expectChange(ICredentialStatus.Purpose purpose, uint16 wordIndex, uint256 word) internal {
        vm.expectEmit(true, true, true, true, address(statuses));
        emit ICredentialStatus.StatusChanged(ISSUER, LIST, purpose, wordIndex, word);
    }

    function expectOutOfRange(uint32 index) internal {
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.IndexOutOfRange.selector, index));
    }

    function fold(bytes32 head, ICredentialStatus.Purpose purpose, uint16 wordIndex, uint256 word)
        internal
        view
        returns (bytes32)
    {
        return CredentialStatusModel.fold(head, ISSUER, LIST, uint8(purpose), wordIndex, word, block.timestamp);
    }

    function bitOf(uint32 index) internal pure returns (uint256) {
        return uint256(1) << (index % 256);
    }

    function assertStatus(uint32 index, ICredentialStatus.Status expected) internal view {
        vm.assertEq(uint256(statuses.statusOf(ISSUER, LIST, index)), uint256(expected), "status");
    }

    function assertWord(ICredentialStatus.Purpose purpose, uint16 wordIndex, uint256 expected) internal view {
        vm.assertEq(statuses.statusWord(ISSUER, LIST, purpose, wordIndex), expected, "word");
    }

    function assertHead(bytes32 expected) internal view {
        vm.assertEq(statuses.historyHead(), expected, "history head");
    }

    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        return min + value % (max - min + 1);
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {ICredentialStatus} from "../src/interfaces/ICredentialStatus.sol";
import {CredentialStatusTest} from "./support/CredentialStatusTest.sol";
import {vm} from "./support/Vm.sol";

contract SetStatusTest is CredentialStatusTest {
    function test_Revokes(uint32 index) external {
        index %= LIST_SIZE;
        uint256 word = bitOf(index);
        expectChange(REVOCATION, uint16(index / 256), word);
        setStatus(index, REVOKED);
        assertStatus(index, REVOKED);
        assertWord(REVOCATION, uint16(index / 256), word);
        assertHead(fold(0, REVOCATION, uint16(index / 256), word));
    }

    function test_SuspendsAndReinstates(uint32 index) external {
        index %= LIST_SIZE;
        uint256 word = bitOf(index);
        expectChange(SUSPENSION, uint16(index / 256), word);
        setStatus(index, SUSPENDED);
        assertStatus(index, SUSPENDED);
        bytes32 head = fold(0, SUSPENSION, uint16(index / 256), word);

        expectChange(SUSPENSION, uint16(index / 256), 0);
        setStatus(index, VALID);
        assertStatus(index, VALID);
        assertHead(fold(head, SUSPENSION, uint16(index / 256), 0));
    }

    function test_RevokesTheSuspended(uint32 index) external {
        index %= LIST_SIZE;
        setStatus(index, SUSPENDED);
        setStatus(index, REVOKED);
        assertStatus(index, REVOKED);
        assertWord(SUSPENSION, uint16(index / 256), bitOf(index)); // as it was
    }

    function test_LeavesNeighbours(uint32 index, uint32 other, uint8 first, uint8 second) external {
        (index, other) = (index % LIST_SIZE, other % LIST_SIZE);
        vm.assume(index != other);
        setStatus(other, ICredentialStatus.Status(first % 3));
        setStatus(index, ICredentialStatus.Status(second % 3));
        assertStatus(other, ICredentialStatus.Status(first % 3));
        assertStatus(index, ICredentialStatus.Status(second % 3));
    }

    function test_LeavesOtherListsAndIssuers(address issuer, uint32 list, uint32 index) external {
        vm.assume(issuer != ISSUER && list != LIST);
        index %= LIST_SIZE;
        setStatus(index, REVOKED);
        vm.assertTrue(statuses.statusOf(issuer, LIST, index) == VALID, "another issuer");
        vm.assertTrue(statuses.statusOf(ISSUER, list, index) == VALID, "another list");
    }

    function test_DoesNothingTwice(uint32 index, uint8 status) external {
        index %= LIST_SIZE;
        setStatus(index, ICredentialStatus.Status(status % 3));
        bytes32 head = statuses.historyHead();

        vm.recordLogs();
        setStatus(index, ICredentialStatus.Status(status % 3));
        vm.assertEq(vm.getRecordedLogs().length, 0, "no event");
        assertHead(head);
    }

    function test_RevertsIf_Revoked(uint32 index, bool suspend) external {
        index %= LIST_SIZE;
        setStatus(index, REVOKED);
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.CredentialRevoked.selector, LIST, index));
        setStatus(index, suspend ? SUSPENDED : VALID);
    }

    function test_RevertsIf_IndexIsOutOfRange(uint32 index, uint8 status) external {
        index = uint32(bound(index, LIST_SIZE, type(uint32).max));
        expectOutOfRange(index);
        setStatus(index, ICredentialStatus.Status(status % 3));
    }

    function test_RevertsIf_StatusIsUnknown(uint8 status) external {
        vm.assume(status > 2);
        (bool success,) =
            address(statuses).call(abi.encodeWithSelector(ICredentialStatus.setStatus.selector, LIST, 0, status));
        vm.assertTrue(!success, "refused");
    }
}

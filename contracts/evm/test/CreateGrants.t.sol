// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract CreateGrantsTest is AccessGrantsTest {
    function batch(uint256 size, uint64 lock) internal view returns (IAccessGrants.NewGrant[] memory items) {
        items = new IAccessGrants.NewGrant[](size);
        for (uint256 i; i < size; ++i) {
            items[i] = IAccessGrants.NewGrant(GRANTEE, bytes32(i), lock);
        }
    }

    function test_CreatesAll(uint256 size, uint64 lock) external {
        size = bound(size, 1, grants.MAX_BATCH());
        lock = boundLock(lock);
        bytes32 head;
        for (uint256 i; i < size; ++i) {
            vm.expectEmit(true, true, true, true, address(grants));
            emit IAccessGrants.GrantCreated(OWNER, GRANTEE, bytes32(i), lock);
            head = fold(head, AccessGrantsModel.CREATED, OWNER, GRANTEE, bytes32(i), lock);
        }

        vm.prank(OWNER);
        grants.createGrants(batch(size, lock));

        for (uint256 i; i < size; ++i) {
            assertGrant(OWNER, GRANTEE, bytes32(i), NOW, lock);
        }
        assertHead(head);
    }

    function test_LeavesTheHistoryOfSingleCalls() external {
        IAccessGrants.NewGrant[] memory items = batch(3, 0);
        for (uint256 i; i < 3; ++i) {
            create(OWNER, items[i].grantee, items[i].dataId, items[i].lockedUntil);
        }
        bytes32 head = grants.historyHead();

        setUp();
        vm.prank(OWNER);
        grants.createGrants(items);
        assertHead(head);
    }

    function test_RevertsIf_AnyExists(uint256 size, uint256 which) external {
        size = bound(size, 1, grants.MAX_BATCH());
        which = bound(which, 0, size - 1);
        create(OWNER, GRANTEE, bytes32(which), 0);
        bytes32 head = grants.historyHead();

        vm.prank(OWNER);
        expectRevert(IAccessGrants.GrantExists.selector);
        grants.createGrants(batch(size, 0));

        assertHead(head);
        for (uint256 i; i < size; ++i) {
            if (i != which) assertNoGrant(OWNER, GRANTEE, bytes32(i));
        }
    }

    function test_RevertsIf_AnyIsTwice() external {
        IAccessGrants.NewGrant[] memory items = batch(2, 0);
        items[1] = items[0];
        vm.prank(OWNER);
        expectRevert(IAccessGrants.GrantExists.selector);
        grants.createGrants(items);
    }

    function test_RevertsIf_AnyGranteeIsInvalid() external {
        IAccessGrants.NewGrant[] memory items = batch(2, 0);
        items[1].grantee = OWNER;
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.InvalidGrantee.selector, OWNER));
        grants.createGrants(items);
    }

    function test_RevertsIf_AnyTimelockIsInvalid(uint64 lock) external {
        lock = uint64(bound(lock, 1, NOW));
        IAccessGrants.NewGrant[] memory items = batch(2, 0);
        items[1].lockedUntil = lock;
        vm.prank(OWNER);
        expectInvalidTimelock(lock);
        grants.createGrants(items);
    }

    function test_RevertsIf_Empty() external {
        expectRevert(IAccessGrants.EmptyBatch.selector);
        grants.createGrants(batch(0, 0));
    }

    function test_RevertsIf_TooLarge(uint256 size) external {
        size = bound(size, 101, 300);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.BatchTooLarge.selector, size, 100));
        grants.createGrants(batch(size, 0));
    }
}

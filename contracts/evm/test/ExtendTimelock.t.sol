// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract ExtendTimelockTest is AccessGrantsTest {
    uint64 internal constant LOCK = uint64(NOW + 30 days);

    function setUp() public override {
        super.setUp();
        create(OWNER, GRANTEE, DATA_ID, LOCK);
    }

    function extend(address owner, uint64 lock) internal {
        vm.prank(owner);
        grants.extendTimelock(GRANTEE, DATA_ID, lock);
    }

    function test_Extends(uint64 lock) external {
        lock = uint64(bound(lock, LOCK + 1, NOW + MAX_TIMELOCK));
        bytes32 head = grants.historyHead();

        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.TimelockExtended(OWNER, GRANTEE, DATA_ID, lock);
        extend(OWNER, lock);

        assertGrant(OWNER, GRANTEE, DATA_ID, NOW, lock);
        assertHead(fold(head, AccessGrantsModel.EXTENDED, OWNER, GRANTEE, DATA_ID, lock));
    }

    function test_LocksAnUnlockedGrant(uint64 lock) external {
        create(OWNER, GRANTEE, "unlocked", 0);
        vm.prank(OWNER);
        grants.extendTimelock(GRANTEE, "unlocked", boundLock(lock));
        assertGrant(OWNER, GRANTEE, "unlocked", NOW, boundLock(lock));
    }

    function test_LocksAgainAfterTheTimelock(uint64 lock) external {
        vm.warp(LOCK + 1);
        extend(OWNER, boundLock(lock));
        assertGrant(OWNER, GRANTEE, DATA_ID, NOW, boundLock(lock));
    }

    function test_RevertsIf_NotLaterThanCurrent(uint64 lock) external {
        lock = uint64(bound(lock, 0, LOCK));
        expectInvalidTimelock(lock);
        extend(OWNER, lock);
    }

    function test_RevertsIf_LaterThanCurrentButPast(uint64 lock) external {
        vm.warp(LOCK + 1 days);
        lock = uint64(bound(lock, LOCK + 1, LOCK + 1 days));
        expectInvalidTimelock(lock);
        extend(OWNER, lock);
    }

    function test_RevertsIf_TooFar(uint64 lock) external {
        lock = uint64(bound(lock, NOW + MAX_TIMELOCK + 1, type(uint64).max));
        expectInvalidTimelock(lock);
        extend(OWNER, lock);
    }

    function test_RevertsIf_NoGrant(bytes32 dataId, uint64 lock) external {
        vm.assume(dataId != DATA_ID);
        vm.prank(OWNER);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        grants.extendTimelock(GRANTEE, dataId, lock);
    }

    function test_RevertsIf_NotOwner(address stranger) external {
        vm.assume(stranger != OWNER);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        extend(stranger, LOCK + 1);
    }
}

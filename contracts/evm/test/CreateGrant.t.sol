// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract CreateGrantTest is AccessGrantsTest {
    function test_Creates(address owner, address grantee, bytes32 dataId, uint64 lock, bool locked) external {
        assumeParties(owner, grantee);
        lock = locked ? boundLock(lock) : 0;

        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.GrantCreated(owner, grantee, dataId, lock);
        create(owner, grantee, dataId, lock);

        assertGrant(owner, grantee, dataId, NOW, lock);
        assertHead(fold(0, AccessGrantsModel.CREATED, owner, grantee, dataId, lock));
    }

    function test_OpensNothingElse(address owner, address grantee, bytes32 dataId) external {
        assumeParties(owner, grantee);
        create(owner, grantee, dataId, 0);

        assertNoGrant(grantee, owner, dataId);
        assertNoGrant(owner, grantee, ~dataId);
        assertNoGrant(owner, address(~bytes20(grantee)), dataId);
        assertNoGrant(address(~bytes20(owner)), grantee, dataId);
    }

    function test_AcceptsTheBoundsOfATimelock() external {
        create(OWNER, GRANTEE, "first", uint64(NOW + 1));
        create(OWNER, GRANTEE, "last", uint64(NOW + MAX_TIMELOCK));
    }

    function test_AcceptsAContractAsGrantee() external {
        create(OWNER, address(this), DATA_ID, 0);
        assertGrant(OWNER, address(this), DATA_ID, NOW, 0);
    }

    function test_CreatesAgainAfterARevoke() external {
        create(OWNER, GRANTEE, DATA_ID, 0);
        vm.prank(OWNER);
        grants.revokeGrant(GRANTEE, DATA_ID);
        vm.warp(NOW + 1 days);
        create(OWNER, GRANTEE, DATA_ID, uint64(NOW + 2 days));
        assertGrant(OWNER, GRANTEE, DATA_ID, NOW + 1 days, NOW + 2 days);
    }

    function test_RevertsIf_GranteeIsZero(bytes32 dataId) external {
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.InvalidGrantee.selector, address(0)));
        create(OWNER, address(0), dataId, 0);
    }

    function test_RevertsIf_GranteeIsOwner(address owner, bytes32 dataId) external {
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.InvalidGrantee.selector, owner));
        create(owner, owner, dataId, 0);
    }

    function test_RevertsIf_GrantExists(uint64 lock, bool locked) external {
        create(OWNER, GRANTEE, DATA_ID, uint64(NOW + 1));
        expectRevert(IAccessGrants.GrantExists.selector);
        create(OWNER, GRANTEE, DATA_ID, locked ? boundLock(lock) : 0);
    }

    function test_RevertsIf_TimelockIsPast(uint64 lock) external {
        lock = uint64(bound(lock, 1, NOW));
        expectInvalidTimelock(lock);
        create(OWNER, GRANTEE, DATA_ID, lock);
    }

    function test_RevertsIf_TimelockIsTooFar(uint64 lock) external {
        lock = uint64(bound(lock, NOW + MAX_TIMELOCK + 1, type(uint64).max));
        expectInvalidTimelock(lock);
        create(OWNER, GRANTEE, DATA_ID, lock);
    }

    function test_RevertsIf_TimelockIsInMilliseconds() external {
        uint64 lock = uint64((NOW + 1 days) * 1000);
        expectInvalidTimelock(lock);
        create(OWNER, GRANTEE, DATA_ID, lock);
    }
}

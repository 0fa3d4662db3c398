// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract RevokeGrantTest is AccessGrantsTest {
    function revoke(address owner) internal {
        vm.prank(owner);
        grants.revokeGrant(GRANTEE, DATA_ID);
    }

    function test_RevokesTheUnlocked() external {
        create(OWNER, GRANTEE, DATA_ID, 0);
        bytes32 head = grants.historyHead();

        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.GrantRevoked(OWNER, GRANTEE, DATA_ID, 0);
        revoke(OWNER);

        assertNoGrant(OWNER, GRANTEE, DATA_ID);
        assertHead(fold(head, AccessGrantsModel.REVOKED, OWNER, GRANTEE, DATA_ID, 0));
    }

    function test_RevokesAfterTheTimelock(uint64 lock, uint256 time) external {
        lock = boundLock(lock);
        create(OWNER, GRANTEE, DATA_ID, lock);
        bytes32 head = grants.historyHead();
        vm.warp(bound(time, lock + 1, type(uint64).max));

        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.GrantRevoked(OWNER, GRANTEE, DATA_ID, lock);
        revoke(OWNER);

        assertNoGrant(OWNER, GRANTEE, DATA_ID);
        assertHead(fold(head, AccessGrantsModel.REVOKED, OWNER, GRANTEE, DATA_ID, lock));
    }

    function test_LeavesOtherGrants(bytes32 dataId, address owner, address grantee) external {
        vm.assume(dataId != DATA_ID && owner != OWNER && grantee != GRANTEE);
        assumeParties(owner, GRANTEE);
        assumeParties(OWNER, grantee);
        create(OWNER, GRANTEE, DATA_ID, 0);
        create(OWNER, GRANTEE, dataId, 0);
        create(OWNER, grantee, DATA_ID, 0);
        create(owner, GRANTEE, DATA_ID, 0);

        revoke(OWNER);

        assertGrant(OWNER, GRANTEE, dataId, NOW, 0);
        assertGrant(OWNER, grantee, DATA_ID, NOW, 0);
        assertGrant(owner, GRANTEE, DATA_ID, NOW, 0);
    }

    function test_RevertsIf_Locked(uint64 lock, uint256 time) external {
        lock = boundLock(lock);
        create(OWNER, GRANTEE, DATA_ID, lock);
        vm.warp(bound(time, NOW, lock)); // locked while now <= lockedUntil
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantLocked.selector, lock));
        revoke(OWNER);
    }

    function test_RevertsIf_NoGrant(address owner) external {
        expectRevert(IAccessGrants.GrantNotFound.selector);
        revoke(owner);
    }

    function test_RevertsIf_NotOwner(address stranger) external {
        vm.assume(stranger != OWNER);
        create(OWNER, GRANTEE, DATA_ID, 0);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        revoke(stranger);
    }

    function test_RevertsIf_RevokedBefore() external {
        create(OWNER, GRANTEE, DATA_ID, 0);
        revoke(OWNER);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        revoke(OWNER);
    }
}

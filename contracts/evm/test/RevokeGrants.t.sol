// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract RevokeGrantsTest is AccessGrantsTest {
    uint64 internal constant LOCK = uint64(NOW + 1 days);

    function batch(uint256 size) internal view returns (IAccessGrants.GrantRef[] memory items) {
        items = new IAccessGrants.GrantRef[](size);
        for (uint256 i; i < size; ++i) {
            items[i] = IAccessGrants.GrantRef(GRANTEE, bytes32(i));
        }
    }

    function createAll(uint256 size) internal {
        for (uint256 i; i < size; ++i) {
            create(OWNER, GRANTEE, bytes32(i), LOCK);
        }
        vm.warp(LOCK + 1);
    }

    function test_RevokesAll(uint256 size) external {
        size = bound(size, 1, grants.MAX_BATCH());
        createAll(size);
        bytes32 head = grants.historyHead();
        for (uint256 i; i < size; ++i) {
            vm.expectEmit(true, true, true, true, address(grants));
            emit IAccessGrants.GrantRevoked(OWNER, GRANTEE, bytes32(i), LOCK);
            head = fold(head, AccessGrantsModel.REVOKED, OWNER, GRANTEE, bytes32(i), LOCK);
        }

        vm.prank(OWNER);
        grants.revokeGrants(batch(size));

        for (uint256 i; i < size; ++i) {
            assertNoGrant(OWNER, GRANTEE, bytes32(i));
        }
        assertHead(head);
    }

    function test_RevertsIf_AnyIsLocked(uint256 size, uint256 which) external {
        size = bound(size, 1, grants.MAX_BATCH());
        which = bound(which, 0, size - 1);
        createAll(size);
        uint64 lock = uint64(block.timestamp + 1);
        vm.prank(OWNER);
        grants.extendTimelock(GRANTEE, bytes32(which), lock);
        bytes32 head = grants.historyHead();

        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantLocked.selector, lock));
        grants.revokeGrants(batch(size));

        assertHead(head);
        for (uint256 i; i < size; ++i) {
            vm.assertTrue(grants.hasAccess(OWNER, GRANTEE, bytes32(i)), "still there");
        }
    }

    function test_RevertsIf_AnyIsUnknown() external {
        createAll(2);
        vm.prank(OWNER);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        grants.revokeGrants(batch(3));
    }

    function test_RevertsIf_AnyIsTwice() external {
        createAll(1);
        IAccessGrants.GrantRef[] memory items = batch(2);
        items[1] = items[0];
        vm.prank(OWNER);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        grants.revokeGrants(items);
    }

    function test_RevertsIf_NotOwner(address stranger) external {
        vm.assume(stranger != OWNER);
        createAll(1);
        vm.prank(stranger);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        grants.revokeGrants(batch(1));
    }

    function test_RevertsIf_Empty() external {
        expectRevert(IAccessGrants.EmptyBatch.selector);
        grants.revokeGrants(batch(0));
    }

    function test_RevertsIf_TooLarge(uint256 size) external {
        size = bound(size, 101, 300);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.BatchTooLarge.selector, size, 100));
        grants.revokeGrants(batch(size));
    }
}

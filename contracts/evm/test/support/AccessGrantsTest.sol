// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {AccessGrants} from "../../src/AccessGrants.sol";
import {IAccessGrants} from "../../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./AccessGrantsModel.sol";
import {vm} from "./Vm.sol";

/// @notice What every test of AccessGrants stands on: a contract, a clock, people, and shorthands.
abstract contract AccessGrantsTest {
    bool public constant IS_TEST = true;

    uint256 internal constant NOW = 1_800_000_000;
    uint64 internal constant MAX_TIMELOCK = 20 * 365 days;
    uint256 internal constant OWNER_KEY = 0xA11CE;
    uint256 internal constant OTHER_KEY = 0xBAD;

    address internal immutable OWNER = vm.addr(OWNER_KEY);
    address internal immutable GRANTEE = address(0xB0B);
    bytes32 internal immutable DATA_ID = keccak256("a credential copy");

    AccessGrants internal grants;

    function setUp() public virtual {
        vm.warp(NOW);
        grants = new AccessGrants();
        vm.label(OWNER, "owner");
        vm.label(GRANTEE, "grantee");
    }

    /* SHORTHANDS */

    function create(address owner, address grantee, bytes32 dataId, uint64 lockedUntil) internal {
        vm.prank(owner);
        grants.createGrant(grantee, dataId, lockedUntil);
    }

    function expectRevert(bytes4 selector) internal {
        vm.expectRevert(abi.encodePacked(selector));
    }

    function expectInvalidTimelock(uint64 lockedUntil) internal {
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.InvalidTimelock.selector, lockedUntil));
    }

    function assertGrant(address owner, address grantee, bytes32 dataId, uint256 createdAt, uint256 lockedUntil)
        internal
        view
    {
        (bool exists, uint64 actualCreatedAt, uint64 actualLockedUntil) = grants.grantOf(owner, grantee, dataId);
        vm.assertTrue(exists, "exists");
        vm.assertTrue(grants.hasAccess(owner, grantee, dataId), "has access");
        vm.assertEq(actualCreatedAt, createdAt, "created at");
        vm.assertEq(actualLockedUntil, lockedUntil, "locked until");
    }

    function assertNoGrant(address owner, address grantee, bytes32 dataId) internal view {
        (bool exists, uint64 createdAt, uint64 lockedUntil) = grants.grantOf(owner, grantee, dataId);
        vm.assertTrue(!exists && createdAt == 0 && lockedUntil == 0, "no grant");
        vm.assertTrue(!grants.hasAccess(owner, grantee, dataId), "no access");
    }

    function assertHead(bytes32 expected) internal view {
        vm.assertEq(grants.historyHead(), expected, "history head");
    }

    function fold(bytes32 head, uint8 tag, address owner, address grantee, bytes32 dataId, uint64 lockedUntil)
        internal
        view
        returns (bytes32)
    {
        return AccessGrantsModel.fold(head, tag, owner, grantee, dataId, lockedUntil, block.timestamp);
    }

    /* FUZZING */

    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        return min + value % (max - min + 1);
    }

    function boundLock(uint64 lock) internal view returns (uint64) {
        return uint64(bound(lock, block.timestamp + 1, block.timestamp + MAX_TIMELOCK));
    }

    function assumeParties(address owner, address grantee) internal pure {
        vm.assume(owner != address(0) && grantee != address(0) && owner != grantee);
    }
}

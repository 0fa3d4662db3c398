// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {SignedVerbTest} from "./support/SignedVerbTest.sol";
import {vm} from "./support/Vm.sol";

contract CreateGrantsBySigTest is SignedVerbTest {
    uint256 internal size = 2;

    /// @dev The first item is the one that tests alter.
    function items() internal view returns (IAccessGrants.NewGrant[] memory all) {
        all = new IAccessGrants.NewGrant[](size);
        for (uint256 i; i < size; ++i) {
            all[i] = i == 0
                ? IAccessGrants.NewGrant(grantee, dataId, lock)
                : IAccessGrants.NewGrant(address(this), bytes32(i), 0);
        }
    }

    function messageOf(address owner, uint256 nonce, uint64 deadline) internal view override returns (bytes32) {
        bytes32 itemType = keccak256(bytes(AccessGrantsModel.NEW_GRANT));
        bytes memory hashes;
        IAccessGrants.NewGrant[] memory all = items();
        for (uint256 i; i < size; ++i) {
            bytes memory item = abi.encode(itemType, all[i].grantee, all[i].dataId, all[i].lockedUntil);
            hashes = bytes.concat(hashes, keccak256(item));
        }
        return AccessGrantsModel.batchMessage(
            "CreateGrants", AccessGrantsModel.NEW_GRANT, "NewGrant", owner, hashes, nonce, deadline
        );
    }

    function send(bytes memory signer, uint256 nonce, uint64 deadline, bytes memory signature) internal override {
        grants.createGrantsBySig(signer, items(), nonce, deadline, signature);
    }

    function prepare(address owner) internal override {
        if (!grants.hasAccess(owner, grantee, dataId)) return;
        vm.warp(lock + 1);
        vm.prank(owner);
        grants.revokeGrant(grantee, dataId);
        vm.prank(owner);
        grants.revokeGrant(address(this), bytes32(uint256(1)));
        vm.warp(NOW);
    }

    function assertDone(address owner) internal view override {
        IAccessGrants.NewGrant[] memory all = items();
        bytes32 head;
        for (uint256 i; i < size; ++i) {
            assertGrant(owner, all[i].grantee, all[i].dataId, NOW, all[i].lockedUntil);
            head = fold(head, AccessGrantsModel.CREATED, owner, all[i].grantee, all[i].dataId, all[i].lockedUntil);
        }
        assertHead(head);
    }

    function alter(uint256 which) internal override {
        if (which % 4 == 3) ++size;
        else super.alter(which % 4);
    }

    function test_TakesAFullBatch() external {
        size = grants.MAX_BATCH();
        send(signer20(OWNER), 0, DEADLINE, sign(0, DEADLINE));
        assertDone(OWNER);
    }

    function test_RevertsIf_AnyExists() external {
        create(OWNER, address(this), bytes32(uint256(1)), 0);
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.GrantExists.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
        assertNoGrant(OWNER, grantee, dataId);
    }

    function test_RevertsIf_Empty() external {
        size = 0;
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.EmptyBatch.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_TooLarge() external {
        size = 101;
        bytes memory signature = sign(0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.BatchTooLarge.selector, 101, 100));
        send(signer20(OWNER), 0, DEADLINE, signature);
    }
}

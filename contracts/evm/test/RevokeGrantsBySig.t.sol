// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {SignedVerbTest} from "./support/SignedVerbTest.sol";
import {vm} from "./support/Vm.sol";

contract RevokeGrantsBySigTest is SignedVerbTest {
    uint256 internal size = 2;

    /// @dev The first item is the one that tests alter.
    function items() internal view returns (IAccessGrants.GrantRef[] memory all) {
        all = new IAccessGrants.GrantRef[](size);
        for (uint256 i; i < size; ++i) {
            all[i] = i == 0 ? IAccessGrants.GrantRef(grantee, dataId) : IAccessGrants.GrantRef(GRANTEE, bytes32(i));
        }
    }

    function messageOf(address owner, uint256 nonce, uint64 deadline) internal view override returns (bytes32) {
        bytes32 itemType = keccak256(bytes(AccessGrantsModel.GRANT_REF));
        bytes memory hashes;
        IAccessGrants.GrantRef[] memory all = items();
        for (uint256 i; i < size; ++i) {
            hashes = bytes.concat(hashes, keccak256(abi.encode(itemType, all[i].grantee, all[i].dataId)));
        }
        return AccessGrantsModel.batchMessage(
            "RevokeGrants", AccessGrantsModel.GRANT_REF, "GrantRef", owner, hashes, nonce, deadline
        );
    }

    function send(bytes memory signer, uint256 nonce, uint64 deadline, bytes memory signature) internal override {
        grants.revokeGrantsBySig(signer, items(), nonce, deadline, signature);
    }

    function prepare(address owner) internal override {
        IAccessGrants.GrantRef[] memory all = items();
        for (uint256 i; i < size; ++i) {
            create(owner, all[i].grantee, all[i].dataId, 0);
        }
    }

    function assertDone(address owner) internal view override {
        IAccessGrants.GrantRef[] memory all = items();
        bytes32 head;
        for (uint256 i; i < size; ++i) {
            head = fold(head, AccessGrantsModel.CREATED, owner, all[i].grantee, all[i].dataId, 0);
        }
        for (uint256 i; i < size; ++i) {
            assertNoGrant(owner, all[i].grantee, all[i].dataId);
            head = fold(head, AccessGrantsModel.REVOKED, owner, all[i].grantee, all[i].dataId, 0);
        }
        assertHead(head);
    }

    function alter(uint256 which) internal override {
        if (which % 3 == 2) ++size;
        else super.alter(which % 3);
    }

    function test_TakesAFullBatch() external {
        size = grants.MAX_BATCH();
        prepare(OWNER);
        send(signer20(OWNER), 0, DEADLINE, sign(0, DEADLINE));
        assertDone(OWNER);
    }

    function test_RevertsIf_AnyIsLocked() external {
        prepare(OWNER);
        vm.prank(OWNER);
        grants.extendTimelock(grantee, dataId, lock);
        bytes memory signature = sign(0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantLocked.selector, lock));
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_AnyIsUnknown() external {
        create(OWNER, grantee, dataId, 0);
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
        assertGrant(OWNER, grantee, dataId, NOW, 0);
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

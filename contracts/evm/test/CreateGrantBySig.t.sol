// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {SignedVerbTest} from "./support/SignedVerbTest.sol";
import {vm} from "./support/Vm.sol";

contract CreateGrantBySigTest is SignedVerbTest {
    function messageOf(address owner, uint256 nonce, uint64 deadline) internal view override returns (bytes32) {
        return AccessGrantsModel.lockMessage("CreateGrant", owner, grantee, dataId, lock, nonce, deadline);
    }

    function send(bytes memory signer, uint256 nonce, uint64 deadline, bytes memory signature) internal override {
        grants.createGrantBySig(signer, grantee, dataId, lock, nonce, deadline, signature);
    }

    /// @dev A second time, the grant is revoked first: an old signature must not open access again.
    function prepare(address owner) internal override {
        if (!grants.hasAccess(owner, grantee, dataId)) return;
        vm.warp(lock + 1);
        vm.prank(owner);
        grants.revokeGrant(grantee, dataId);
        vm.warp(NOW);
    }

    function assertDone(address owner) internal view override {
        assertGrant(owner, grantee, dataId, NOW, lock);
        assertHead(fold(0, AccessGrantsModel.CREATED, owner, grantee, dataId, lock));
    }

    function test_EmitsTheOwner() external {
        bytes memory signature = sign(0, DEADLINE);
        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.GrantCreated(OWNER, grantee, dataId, lock);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_GrantExists() external {
        create(OWNER, grantee, dataId, 0);
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.GrantExists.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_GranteeIsOwner() external {
        grantee = OWNER;
        bytes memory signature = sign(0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.InvalidGrantee.selector, OWNER));
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_TimelockIsPast() external {
        lock = uint64(NOW);
        bytes memory signature = sign(0, DEADLINE);
        expectInvalidTimelock(lock);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }
}

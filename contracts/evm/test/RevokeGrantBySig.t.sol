// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {SignedVerbTest} from "./support/SignedVerbTest.sol";
import {vm} from "./support/Vm.sol";

contract RevokeGrantBySigTest is SignedVerbTest {
    function messageOf(address owner, uint256 nonce, uint64 deadline) internal view override returns (bytes32) {
        return AccessGrantsModel.revokeMessage(owner, grantee, dataId, nonce, deadline);
    }

    function send(bytes memory signer, uint256 nonce, uint64 deadline, bytes memory signature) internal override {
        grants.revokeGrantBySig(signer, grantee, dataId, nonce, deadline, signature);
    }

    function prepare(address owner) internal override {
        create(owner, grantee, dataId, 0);
    }

    function assertDone(address owner) internal view override {
        assertNoGrant(owner, grantee, dataId);
        bytes32 created = fold(0, AccessGrantsModel.CREATED, owner, grantee, dataId, 0);
        assertHead(fold(created, AccessGrantsModel.REVOKED, owner, grantee, dataId, 0));
    }

    function alter(uint256 which) internal override {
        super.alter(which % 2); // a revocation says nothing of the lock
    }

    function test_EmitsTheOwner() external {
        prepare(OWNER);
        bytes memory signature = sign(0, DEADLINE);
        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.GrantRevoked(OWNER, grantee, dataId, 0);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_NoGrant() external {
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_Locked() external {
        create(OWNER, grantee, dataId, lock);
        bytes memory signature = sign(0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantLocked.selector, lock));
        send(signer20(OWNER), 0, DEADLINE, signature);
    }
}

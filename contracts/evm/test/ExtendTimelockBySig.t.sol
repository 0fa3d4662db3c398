// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {SignedVerbTest} from "./support/SignedVerbTest.sol";
import {vm} from "./support/Vm.sol";

contract ExtendTimelockBySigTest is SignedVerbTest {
    function messageOf(address owner, uint256 nonce, uint64 deadline) internal view override returns (bytes32) {
        return AccessGrantsModel.lockMessage("ExtendTimelock", owner, grantee, dataId, lock, nonce, deadline);
    }

    function send(bytes memory signer, uint256 nonce, uint64 deadline, bytes memory signature) internal override {
        grants.extendTimelockBySig(signer, grantee, dataId, lock, nonce, deadline, signature);
    }

    function prepare(address owner) internal override {
        if (!grants.hasAccess(owner, grantee, dataId)) create(owner, grantee, dataId, 0);
    }

    function assertDone(address owner) internal view override {
        assertGrant(owner, grantee, dataId, NOW, lock);
        bytes32 created = fold(0, AccessGrantsModel.CREATED, owner, grantee, dataId, 0);
        assertHead(fold(created, AccessGrantsModel.EXTENDED, owner, grantee, dataId, lock));
    }

    function test_EmitsTheOwner() external {
        prepare(OWNER);
        bytes memory signature = sign(0, DEADLINE);
        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.TimelockExtended(OWNER, grantee, dataId, lock);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_NoGrant() external {
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_NotLaterThanCurrent() external {
        create(OWNER, grantee, dataId, lock);
        bytes memory signature = sign(0, DEADLINE);
        expectInvalidTimelock(lock);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_SignedForACreate() external {
        prepare(OWNER);
        bytes32 message = AccessGrantsModel.lockMessage("CreateGrant", OWNER, grantee, dataId, lock, 0, DEADLINE);
        bytes32 digest = AccessGrantsModel.digest(address(grants), block.chainid, message);
        expectInvalid(signer20(OWNER), signDigest(OWNER_KEY, digest));
    }
}

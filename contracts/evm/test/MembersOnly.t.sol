// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {CredentialStatus} from "../src/CredentialStatus.sol";
import {MembersOnly} from "../src/examples/MembersOnly.sol";
import {ICredentialStatus} from "../src/interfaces/ICredentialStatus.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract MembersOnlyTest is AccessGrantsTest {
    address internal constant ISSUER = address(0x155);
    uint32 internal constant LIST = 3;
    uint32 internal constant INDEX = 1_000;

    CredentialStatus internal statuses;
    MembersOnly internal club;

    function setUp() public override {
        super.setUp();
        statuses = new CredentialStatus();
        club = new MembersOnly(grants, statuses, GRANTEE, ISSUER);
        create(OWNER, GRANTEE, DATA_ID, 0);
        vm.prank(GRANTEE);
        club.admit(OWNER, DATA_ID, LIST, INDEX);
    }

    function setStatus(ICredentialStatus.Status status) internal {
        vm.prank(ISSUER);
        statuses.setStatus(LIST, INDEX, status);
    }

    function assertMayAct() internal {
        vm.assertTrue(club.isMember(OWNER), "member");
        vm.expectEmit(true, true, true, true, address(club));
        emit MembersOnly.Acted(OWNER);
        vm.prank(OWNER);
        club.act();
    }

    function assertMayNotAct(address owner) internal {
        vm.assertTrue(!club.isMember(owner), "no member");
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(MembersOnly.NotMember.selector, owner));
        club.act();
    }

    function test_ActsWhileGrantAndCredentialAreGood() external {
        assertMayAct();
    }

    function test_RevertsIf_GrantIsRevoked() external {
        vm.prank(OWNER);
        grants.revokeGrant(GRANTEE, DATA_ID);
        assertMayNotAct(OWNER);
        create(OWNER, GRANTEE, DATA_ID, 0);
        assertMayAct();
    }

    function test_RevertsIf_CredentialIsSuspended() external {
        setStatus(ICredentialStatus.Status.Suspended);
        assertMayNotAct(OWNER);
        setStatus(ICredentialStatus.Status.Valid);
        assertMayAct();
    }

    function test_RevertsIf_CredentialIsRevoked() external {
        setStatus(ICredentialStatus.Status.Revoked);
        assertMayNotAct(OWNER);
    }

    function test_RevertsIf_NotAdmitted(address stranger, bytes32 dataId) external {
        vm.assume(stranger != OWNER && stranger != GRANTEE);
        create(stranger, GRANTEE, dataId, 0);
        assertMayNotAct(stranger);
    }

    function test_RevertsIf_NotTheConsumerAdmits(address stranger) external {
        vm.assume(stranger != GRANTEE);
        vm.prank(stranger);
        expectRevert(MembersOnly.NotConsumer.selector);
        club.admit(stranger, DATA_ID, LIST, INDEX);
    }
}

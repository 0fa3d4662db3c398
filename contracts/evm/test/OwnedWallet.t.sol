// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {OwnedWallet} from "./support/OwnedWallet.sol";
import {vm} from "./support/Vm.sol";

/// @notice A contract as owner: it calls for itself, and its key signs for it (see SignedVerbTest).
contract OwnedWalletTest is AccessGrantsTest {
    OwnedWallet internal wallet;

    function setUp() public override {
        super.setUp();
        wallet = new OwnedWallet(OWNER);
    }

    function test_OwnsTheGrantItCreates() external {
        vm.prank(OWNER);
        wallet.execute(address(grants), abi.encodeCall(IAccessGrants.createGrant, (GRANTEE, DATA_ID, 0)));
        assertGrant(address(wallet), GRANTEE, DATA_ID, NOW, 0);
        assertNoGrant(OWNER, GRANTEE, DATA_ID);
    }

    function test_RevertsWithTheContractsError() external {
        vm.prank(OWNER);
        expectRevert(IAccessGrants.GrantNotFound.selector);
        wallet.execute(address(grants), abi.encodeCall(IAccessGrants.revokeGrant, (GRANTEE, DATA_ID)));
    }

    function test_RevertsIf_NotItsOwner(address stranger) external {
        vm.assume(stranger != OWNER);
        vm.prank(stranger);
        expectRevert(OwnedWallet.NotOwner.selector);
        wallet.execute(address(grants), "");
    }
}

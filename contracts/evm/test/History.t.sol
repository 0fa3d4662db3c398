// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {CredentialStatus} from "../src/CredentialStatus.sol";
import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {ICredentialStatus} from "../src/interfaces/ICredentialStatus.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

/// @notice The worked examples of contracts/README.md, whose heads were computed outside of Solidity, and how heads are kept.
contract HistoryTest is AccessGrantsTest {
    address internal constant ALICE = 0x1111111111111111111111111111111111111111;
    address internal constant BANK = 0x2222222222222222222222222222222222222222;
    address internal constant ISSUER = 0x4444444444444444444444444444444444444444;
    bytes32 internal constant HEAD_SLOT = bytes32(uint256(5));
    bytes32 internal constant COPY = 0x3333333333333333333333333333333333333333333333333333333333333333;

    function test_StartsAtZero() external {
        assertHead(0);
        vm.assertEq(new CredentialStatus().historyHead(), 0, "history head");
    }

    function test_OfGrantsAsInTheReadme() external {
        create(ALICE, BANK, COPY, 1_800_086_400);
        assertHead(0xcf1c1230d2ea18da89b955260fec60799d8a4059e3aa3e80f45d1481c88d364b);

        vm.warp(1_800_000_060);
        vm.prank(ALICE);
        grants.extendTimelock(BANK, COPY, 1_802_592_000);
        assertHead(0x09e7e0645965192016ba0e9ef2a260a1a6612fb1e75b08349cecc3a4fb7593f8);

        vm.warp(1_802_592_001);
        vm.prank(ALICE);
        grants.revokeGrant(BANK, COPY);
        assertHead(0x4a13240360cd1fd0705a9713f24cbb7f2c7de12618bcfaa8fc3209a899a9c9b9);
    }

    function test_OfStatusesAsInTheReadme() external {
        CredentialStatus statuses = new CredentialStatus();
        vm.prank(ISSUER);
        statuses.setStatus(7, 522, ICredentialStatus.Status.Revoked);
        bytes32 first = 0x913189cbc525cf2fdb3e7178547d02bd9e8b7aee4755eaf80d9b70f72b9662d4;
        vm.assertEq(statuses.historyHead(), first, "history head");

        vm.warp(1_800_000_001);
        vm.prank(ISSUER);
        statuses.setStatus(7, 131_071, ICredentialStatus.Status.Suspended);
        bytes32 second = 0x1ff5b1b2fc2a66cfe81da4a84c7d44f5faf256f7d97ef563c5beb25b564b6b75;
        vm.assertEq(statuses.historyHead(), second, "history head");
    }

    function test_IsStoredOnceABatch(uint256 size) external {
        size = bound(size, 1, grants.MAX_BATCH());
        IAccessGrants.NewGrant[] memory items = new IAccessGrants.NewGrant[](size);
        for (uint256 i; i < size; ++i) {
            items[i] = IAccessGrants.NewGrant(BANK, bytes32(i), 0);
        }
        vm.record();
        grants.createGrants(items);
        (, bytes32[] memory writes) = vm.accesses(address(grants));

        uint256 headWrites;
        for (uint256 i; i < writes.length; ++i) {
            if (writes[i] == HEAD_SLOT) ++headWrites;
        }
        vm.assertEq(vm.load(address(grants), HEAD_SLOT), grants.historyHead(), "slot of the head");
        vm.assertEq(headWrites, 1, "writes of the head");
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

contract CancelNonceTest is AccessGrantsTest {
    function cancel(address owner, uint256 nonce) internal {
        vm.prank(owner);
        grants.cancelNonce(nonce);
    }

    function test_UsesUpTheNextOfItsKeyOnly(address owner, address other, uint192 key, uint192 otherKey) external {
        vm.assume(owner != other && key != otherKey);
        cancel(owner, uint256(key) << 64);
        vm.assertEq(grants.nonces(owner, key), (uint256(key) << 64) + 1, "its key");
        vm.assertEq(grants.nonces(owner, otherKey), uint256(otherKey) << 64, "another key");
        vm.assertEq(grants.nonces(other, key), uint256(key) << 64, "another owner");
        assertHead(0);
    }

    function test_CancelsOneAfterTheOther(uint192 key, uint8 count) external {
        for (uint256 i; i < count; ++i) {
            cancel(OWNER, (uint256(key) << 64) + i);
        }
        vm.assertEq(grants.nonces(OWNER, key), (uint256(key) << 64) + count, "next");
    }

    function test_RevertsIf_NotTheNext(address owner, uint192 key, uint64 sequence) external {
        vm.assume(sequence != 0);
        uint256 nonce = (uint256(key) << 64) | sequence;
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.NonceUsed.selector, owner, nonce));
        cancel(owner, nonce);
    }

    function test_RevertsIf_CancelledBefore(address owner, uint192 key) external {
        uint256 nonce = uint256(key) << 64;
        cancel(owner, nonce);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.NonceUsed.selector, owner, nonce));
        cancel(owner, nonce);
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {AccessGrants} from "../../src/AccessGrants.sol";
import {AccessGrantsHandler} from "./AccessGrantsHandler.sol";
import {vm} from "../support/Vm.sol";

contract AccessGrantsInvariants {
    bool public constant IS_TEST = true;

    AccessGrants internal grants;
    AccessGrantsHandler internal handler;

    function setUp() external {
        grants = new AccessGrants();
        handler = new AccessGrantsHandler(grants);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_GrantsEqualTheModel() external view {
        for (uint256 i; i < handler.TRIPLES(); ++i) {
            AccessGrantsHandler.Triple memory triple = handler.tripleOf(i);
            AccessGrantsHandler.Grant memory grant = handler.grantOf(i);
            (bool exists, uint64 createdAt, uint64 lockedUntil) =
                grants.grantOf(triple.owner, triple.grantee, triple.dataId);
            bool access = grants.hasAccess(triple.owner, triple.grantee, triple.dataId);

            vm.assertEq(access, grant.exists, "has access");
            vm.assertEq(exists, grant.exists, "exists");
            vm.assertEq(createdAt, grant.createdAt, "created at");
            vm.assertEq(lockedUntil, grant.lockedUntil, "locked until");
        }
    }

    /// @dev What an event promised holds to the end, whoever did whatever since.
    function invariant_ALockedGrantSurvives() external view {
        for (uint256 i; i < handler.TRIPLES(); ++i) {
            AccessGrantsHandler.Triple memory triple = handler.tripleOf(i);
            uint64 promised = handler.promisedLock(keccak256(abi.encode(triple)));
            if (promised < handler.time()) continue;
            (bool exists,, uint64 lockedUntil) = grants.grantOf(triple.owner, triple.grantee, triple.dataId);
            vm.assertTrue(exists, "a locked grant is gone");
            vm.assertLe(promised, lockedUntil, "a timelock became shorter");
        }
    }

    function invariant_HistoryHeadIsTheFoldOfEvents() external view {
        vm.assertEq(grants.historyHead(), handler.foldedHead(), "history head");
    }

    function invariant_NoncesEqualTheModel() external view {
        for (uint256 i; i < 3; ++i) {
            address owner = handler.tripleOf(i).owner;
            for (uint192 key; key < 3; ++key) {
                uint256 nonce = (uint256(key) << 64) | handler.nonces(owner, key);
                vm.assertEq(grants.nonces(owner, key), nonce, "nonce");
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {CredentialStatus} from "../../src/CredentialStatus.sol";
import {ICredentialStatus} from "../../src/interfaces/ICredentialStatus.sol";
import {CredentialStatusHandler} from "./CredentialStatusHandler.sol";
import {vm} from "../support/Vm.sol";

contract CredentialStatusInvariants {
    bool public constant IS_TEST = true;

    CredentialStatus internal statuses;
    CredentialStatusHandler internal handler;

    function setUp() external {
        statuses = new CredentialStatus();
        handler = new CredentialStatusHandler(statuses);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev The model never forgets a revocation, so neither does the contract.
    function invariant_StatusesEqualTheModel() external view {
        for (uint256 i; i < handler.PLACES(); ++i) {
            CredentialStatusHandler.Place memory place = handler.placeOf(i);
            CredentialStatusHandler.Bits memory bits = handler.bitsOf(i);
            ICredentialStatus.Status expected = bits.revoked
                ? ICredentialStatus.Status.Revoked
                : bits.suspended ? ICredentialStatus.Status.Suspended : ICredentialStatus.Status.Valid;
            vm.assertTrue(statuses.statusOf(place.issuer, place.list, place.index) == expected, "status");
        }
    }

    function invariant_EventsAloneRebuildLists() external view {
        for (uint256 i; i < handler.PLACES(); ++i) {
            CredentialStatusHandler.Place memory place = handler.placeOf(i);
            for (uint8 purpose; purpose < 2; ++purpose) {
                uint256 word = statuses.statusWord(
                    place.issuer, place.list, ICredentialStatus.Purpose(purpose), uint16(place.index / 256)
                );
                vm.assertEq(word, handler.emittedWordOf(place, purpose), "word");
            }
        }
    }

    function invariant_HistoryHeadIsTheFoldOfEvents() external view {
        vm.assertEq(statuses.historyHead(), handler.foldedHead(), "history head");
    }
}

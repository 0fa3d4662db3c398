// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {CredentialStatus} from "../../src/CredentialStatus.sol";
import {ICredentialStatus} from "../../src/interfaces/ICredentialStatus.sol";
import {CredentialStatusModel} from "../support/CredentialStatusModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice Calls CredentialStatus at random beside a model, which knows positions, not words.
contract CredentialStatusHandler {
    struct Place {
        address issuer;
        uint32 list;
        uint32 index;
    }

    struct Bits {
        bool revoked;
        bool suspended;
    }

    uint256 public constant PLACES = 2 * 2 * 6;

    CredentialStatus public immutable STATUSES;

    /// @dev The clock of every call: a warp need not outlive the call that makes it.
    uint256 public time = 1_800_000_000;

    /// @dev The model, by number of the place.
    Bits[PLACES] internal bits;

    /// @dev What the events said.
    bytes32 public foldedHead;
    mapping(bytes32 wordHash => uint256) internal emittedWord;

    constructor(CredentialStatus statuses) {
        STATUSES = statuses;
    }

    /* WHAT INVARIANTS READ */

    /// @dev Two issuers, two lists, and the ends of the first, the second and the last word.
    function placeOf(uint256 number) public pure returns (Place memory) {
        uint32[6] memory indexes = [uint32(0), 255, 256, 511, 130_816, 131_071];
        return Place(address(uint160(1 + number % 2)), uint32(number / 2 % 2), indexes[number / 4 % 6]);
    }

    function bitsOf(uint256 number) external view returns (Bits memory) {
        return bits[number];
    }

    function emittedWordOf(Place memory place, uint8 purpose) public view returns (uint256) {
        return emittedWord[keccak256(abi.encode(place.issuer, place.list, purpose, uint16(place.index / 256)))];
    }

    /* ACTIONS */

    function wait(uint256 span) external {
        time += span % 40 days;
    }

    function setStatus(uint256 number, uint8 statusSeed) external {
        Place memory place = placeOf(number %= PLACES);
        ICredentialStatus.Status status = ICredentialStatus.Status(statusSeed % 3);

        bytes4 refusal;
        if (status == ICredentialStatus.Status.Revoked) bits[number].revoked = true;
        else if (bits[number].revoked) refusal = ICredentialStatus.CredentialRevoked.selector;
        else bits[number].suspended = status == ICredentialStatus.Status.Suspended;

        callAs(place.issuer, abi.encodeCall(ICredentialStatus.setStatus, (place.list, place.index, status)), refusal);
    }

    /// @dev Changes the word of a place, and with it the model's other place in that word.
    function setWord(uint256 number, bool suspension, uint8 choice) external {
        number %= PLACES;
        uint256 first = number / 8 * 8 + number % 4;
        uint256 second = first + 4;
        (bool setFirst, bool setSecond) = (choice & 1 != 0, choice & 2 != 0);
        (bool clearFirst, bool clearSecond) = (choice & 4 != 0, choice & 8 != 0);

        bytes4 refusal;
        if ((setFirst && clearFirst) || (setSecond && clearSecond)) {
            refusal = ICredentialStatus.InvalidWordChange.selector;
        } else if (!suspension && (clearFirst || clearSecond)) {
            refusal = ICredentialStatus.RevocationIsFinal.selector;
        } else if (suspension) {
            bits[first].suspended = setFirst || (bits[first].suspended && !clearFirst);
            bits[second].suspended = setSecond || (bits[second].suspended && !clearSecond);
        } else {
            bits[first].revoked = setFirst || bits[first].revoked;
            bits[second].revoked = setSecond || bits[second].revoked;
        }

        ICredentialStatus.WordChange[] memory changes = new ICredentialStatus.WordChange[](1);
        changes[0].wordIndex = uint16(placeOf(first).index / 256);
        changes[0].set = mask(setFirst, setSecond);
        changes[0].clear = mask(clearFirst, clearSecond);
        setWords(placeOf(first), suspension, changes, refusal);
    }

    /* CALLS */

    function mask(bool first, bool second) internal pure returns (uint256) {
        return (first ? 1 : 0) | (second ? 1 << 255 : 0);
    }

    function setWords(
        Place memory place,
        bool suspension,
        ICredentialStatus.WordChange[] memory changes,
        bytes4 refusal
    ) internal {
        ICredentialStatus.Purpose purpose = ICredentialStatus.Purpose(suspension ? 1 : 0);
        callAs(place.issuer, abi.encodeCall(ICredentialStatus.setStatusWords, (place.list, purpose, changes)), refusal);
    }

    function callAs(address sender, bytes memory verb, bytes4 refusal) internal {
        vm.warp(time);
        vm.recordLogs();
        vm.prank(sender);
        (bool success, bytes memory reason) = address(STATUSES).call(verb);
        vm.assertEq(success, refusal == 0, "accepted or refused unlike the model");
        if (success) foldLogs();
        else vm.assertEq(bytes32(bytes4(reason)), bytes32(refusal), "refused for another reason");
    }

    function foldLogs() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            vm.assertEq(logs[i].topics[0], ICredentialStatus.StatusChanged.selector, "unknown event");
            address issuer = address(uint160(uint256(logs[i].topics[1])));
            uint32 list = uint32(uint256(logs[i].topics[2]));
            uint8 purpose = uint8(uint256(logs[i].topics[3]));
            (uint16 wordIndex, uint256 word) = abi.decode(logs[i].data, (uint16, uint256));

            foldedHead = CredentialStatusModel.fold(foldedHead, issuer, list, purpose, wordIndex, word, time);
            emittedWord[keccak256(abi.encode(issuer, list, purpose, wordIndex))] = word;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {ICredentialStatus} from "../src/interfaces/ICredentialStatus.sol";
import {CredentialStatusTest} from "./support/CredentialStatusTest.sol";
import {vm} from "./support/Vm.sol";

contract SetStatusWordsTest is CredentialStatusTest {
    function one(uint16 wordIndex, uint256 set, uint256 clear)
        internal
        pure
        returns (ICredentialStatus.WordChange[] memory changes)
    {
        changes = new ICredentialStatus.WordChange[](1);
        changes[0] = ICredentialStatus.WordChange(wordIndex, set, clear);
    }

    function many(uint256 size) internal pure returns (ICredentialStatus.WordChange[] memory changes) {
        changes = new ICredentialStatus.WordChange[](size);
        for (uint256 i; i < size; ++i) {
            changes[i] = ICredentialStatus.WordChange(uint16(i), i + 1, 0);
        }
    }

    function setWords(ICredentialStatus.Purpose purpose, ICredentialStatus.WordChange[] memory changes) internal {
        vm.prank(ISSUER);
        statuses.setStatusWords(LIST, purpose, changes);
    }

    function test_SetsBits(uint16 wordIndex, uint256 first, uint256 second) external {
        wordIndex %= WORDS;
        vm.assume(first != 0 && second & ~first != 0);
        setWords(REVOCATION, one(wordIndex, first, 0));
        bytes32 head = fold(0, REVOCATION, wordIndex, first);

        expectChange(REVOCATION, wordIndex, first | second);
        setWords(REVOCATION, one(wordIndex, second, 0));
        assertWord(REVOCATION, wordIndex, first | second);
        assertHead(fold(head, REVOCATION, wordIndex, first | second));
    }

    function test_ClearsSuspensions(uint16 wordIndex, uint256 first, uint256 set, uint256 clear) external {
        wordIndex %= WORDS;
        clear &= ~set;
        setWords(SUSPENSION, one(wordIndex, first, 0));
        setWords(SUSPENSION, one(wordIndex, set, clear));
        assertWord(SUSPENSION, wordIndex, (first | set) & ~clear);
    }

    function test_EachBitIsAPosition(uint16 wordIndex, uint256 word) external {
        wordIndex %= WORDS;
        setWords(REVOCATION, one(wordIndex, word, 0));
        for (uint32 i; i < 256; ++i) {
            assertStatus(uint32(wordIndex) * 256 + i, (word >> i) & 1 == 1 ? REVOKED : VALID);
        }
    }

    function test_ChangesAll(uint256 size) external {
        size = bound(size, 1, statuses.MAX_BATCH());
        bytes32 head;
        for (uint256 i; i < size; ++i) {
            expectChange(SUSPENSION, uint16(i), i + 1);
            head = fold(head, SUSPENSION, uint16(i), i + 1);
        }
        setWords(SUSPENSION, many(size));
        for (uint256 i; i < size; ++i) {
            assertWord(SUSPENSION, uint16(i), i + 1);
        }
        assertHead(head);
    }

    function test_SkipsWhatStays(uint16 wordIndex, uint256 word) external {
        wordIndex %= WORDS;
        setWords(SUSPENSION, one(wordIndex, word, 0));
        bytes32 head = statuses.historyHead();

        vm.recordLogs();
        setWords(SUSPENSION, one(wordIndex, word, ~word));
        vm.assertEq(vm.getRecordedLogs().length, 0, "no event");
        assertHead(head);
    }

    function test_ChangesAWordTwice() external {
        ICredentialStatus.WordChange[] memory changes = many(2);
        changes[1] = ICredentialStatus.WordChange(0, 2, 1);
        setWords(SUSPENSION, changes);
        assertWord(SUSPENSION, 0, 2);
        assertHead(fold(fold(0, SUSPENSION, 0, 1), SUSPENSION, 0, 2));
    }

    function test_ARevocationOutlivesSuspensionBits(uint32 index) external {
        index %= LIST_SIZE;
        setStatus(index, REVOKED);
        setWords(SUSPENSION, one(uint16(index / 256), type(uint256).max, 0));
        setWords(SUSPENSION, one(uint16(index / 256), 0, type(uint256).max));
        assertStatus(index, REVOKED);
    }

    function test_RevertsIf_RevocationBitsAreCleared(uint16 wordIndex, uint256 clear) external {
        wordIndex %= WORDS;
        vm.assume(clear != 0);
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.RevocationIsFinal.selector, LIST, wordIndex));
        setWords(REVOCATION, one(wordIndex, 0, clear));
    }

    function test_RevertsIf_BitsAreSetAndCleared(uint16 wordIndex, uint256 set, uint256 clear, bool suspension)
        external
    {
        wordIndex %= WORDS;
        vm.assume(set & clear != 0);
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.InvalidWordChange.selector));
        setWords(suspension ? SUSPENSION : REVOCATION, one(wordIndex, set, clear));
    }

    function test_RevertsIf_WordIsOutOfRange(uint16 wordIndex) external {
        wordIndex = uint16(bound(wordIndex, WORDS, type(uint16).max));
        expectOutOfRange(uint32(wordIndex) * 256);
        setWords(SUSPENSION, one(wordIndex, 1, 0));
    }

    function test_RevertsIf_AnyIsRefused() external {
        ICredentialStatus.WordChange[] memory changes = many(3);
        changes[2].clear = 1 << 255;
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.RevocationIsFinal.selector, LIST, 2));
        setWords(REVOCATION, changes);
        assertWord(REVOCATION, 0, 0);
        assertHead(0);
    }

    function test_RevertsIf_Empty() external {
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.EmptyBatch.selector));
        setWords(SUSPENSION, many(0));
    }

    function test_RevertsIf_TooLarge(uint256 size) external {
        size = bound(size, 101, 300);
        vm.expectRevert(abi.encodeWithSelector(ICredentialStatus.BatchTooLarge.selector, size, 100));
        setWords(SUSPENSION, many(size));
    }
}

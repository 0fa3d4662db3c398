// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {ICredentialStatus} from "../src/interfaces/ICredentialStatus.sol";
import {CredentialStatusTest} from "./support/CredentialStatusTest.sol";

contract StatusOfTest is CredentialStatusTest {
    function test_IsValidWhereNobodyWrote(uint32 index) external view {
        assertStatus(index % LIST_SIZE, VALID);
        assertWord(REVOCATION, uint16(index % LIST_SIZE / 256), 0);
    }

    function test_KnowsEveryStatusAtTheEdges() external {
        uint32[5] memory edges = [uint32(0), 1, 255, 256, LIST_SIZE - 1];
        for (uint8 i; i < edges.length; ++i) {
            setStatus(edges[i], ICredentialStatus.Status(i % 3));
        }
        for (uint8 i; i < edges.length; ++i) {
            assertStatus(edges[i], ICredentialStatus.Status(i % 3));
        }
    }

    function test_RevertsIf_IndexIsOutOfRange(uint32 index) external {
        index = uint32(bound(index, LIST_SIZE, type(uint32).max));
        expectOutOfRange(index);
        statuses.statusOf(ISSUER, LIST, index);
    }

    function test_RevertsIf_WordIsOutOfRange(uint16 wordIndex) external {
        wordIndex = uint16(bound(wordIndex, WORDS, type(uint16).max));
        expectOutOfRange(uint32(wordIndex) * 256);
        statuses.statusWord(ISSUER, LIST, SUSPENSION, wordIndex);
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

/// @title ICredentialStatus
/// @notice Whether a credential still counts: lists of bits, one writer each, with the meaning of the W3C Bitstring Status
/// List. Each account numbers its own lists; only that account, the issuer, writes them.
/// @dev A list has `LIST_SIZE` positions and, for each purpose, a bit for every position. Position `i` is bit `i % 256`
/// (least significant first) of word `i / 256`. A list needs no creation: unwritten positions are `Valid`.
interface ICredentialStatus {
    /* TYPES */

    /// @notice What a position says. `Revoked` is final and hides a suspension.
    enum Status {
        Valid,
        Suspended,
        Revoked
    }

    /// @notice The two bits of a position. Revocation bits are never cleared, suspension bits come and go.
    enum Purpose {
        Revocation,
        Suspension
    }

    /// @notice A change of up to 256 neighbouring positions.
    /// @param wordIndex Which word: below `LIST_SIZE / 256`.
    /// @param set The bits to set.
    /// @param clear The bits to clear: none that is in `set`, none at all for `Revocation`.
    struct WordChange {
        uint16 wordIndex;
        uint256 set;
        uint256 clear;
    }

    /* EVENTS */

    /// @notice Emitted for every word that changes, with its new value: a list is rebuilt from these events alone.
    event StatusChanged(
        address indexed issuer, uint32 indexed list, Purpose indexed purpose, uint16 wordIndex, uint256 word
    );

    /* ERRORS */

    /// @notice The position is revoked, for ever.
    error CredentialRevoked(uint32 list, uint32 index);

    /// @notice The position is not below `LIST_SIZE`. For a word, `index` is its first position.
    error IndexOutOfRange(uint32 index);

    /// @notice Revocation bits cannot be cleared.
    error RevocationIsFinal(uint32 list, uint16 wordIndex);

    /// @notice A bit is both to be set and to be cleared.
    error InvalidWordChange();

    /// @notice More than `max` items in one call.
    error BatchTooLarge(uint256 size, uint256 max);

    /// @notice No item in a batch.
    error EmptyBatch();

    /* READ */

    /// @notice The most words one call may change.
    function MAX_BATCH() external view returns (uint256);

    /// @notice The number of positions of a list: 131,072, the W3C's minimum, so that a position hides in a herd.
    function LIST_SIZE() external view returns (uint32);

    /// @notice The status at `index` of `list` of `issuer`. O(1).
    /// @dev `Valid` says no more than "neither revoked nor suspended": also for a list nobody ever wrote.
    function statusOf(address issuer, uint32 list, uint32 index) external view returns (Status);

    /// @notice 256 bits of one purpose at once.
    function statusWord(address issuer, uint32 list, Purpose purpose, uint16 wordIndex) external view returns (uint256);

    /// @notice The hash chain over every event so far: `head = keccak256(head || encoding)`, from `bytes32(0)`.
    /// @dev The encoding of an event, the same on every chain, is in `contracts/README.md`.
    function historyHead() external view returns (bytes32);

    /* BY THE ISSUER */

    /// @notice Sets the status at `index` of the caller's `list`. What is already so changes nothing and emits nothing.
    function setStatus(uint32 list, uint32 index, Status status) external;

    /// @notice Changes 1 to `MAX_BATCH` words of one purpose of the caller's `list`, all or none. Words that stay as they
    /// are emit nothing.
    /// @dev Suspension bits may be changed here under revoked positions too: `statusOf` says `Revoked` all the same.
    function setStatusWords(uint32 list, Purpose purpose, WordChange[] calldata changes) external;
}

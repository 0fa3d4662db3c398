// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {ICredentialStatus} from "./interfaces/ICredentialStatus.sol";

/// @title CredentialStatus
/// @notice Immutable: no owner, no proxy, no pause. Nobody but an issuer writes its lists; nobody undoes a revocation.
contract CredentialStatus is ICredentialStatus {
    /* CONSTANTS */

    /// @inheritdoc ICredentialStatus
    uint256 public constant MAX_BATCH = 100;

    /// @inheritdoc ICredentialStatus
    uint32 public constant LIST_SIZE = 131_072;

    /// @dev First byte of an event in the history.
    uint8 private constant TAG_STATUS_CHANGED = 4;

    /// @dev What precedes an address in the history: kind 0 (the chain's own account), length 20.
    uint16 private constant ADDRESS_PREFIX = 0x0014;

    /* STORAGE */

    mapping(address issuer => mapping(uint32 list => mapping(Purpose purpose => uint256[LIST_SIZE / 256]))) private
        _words;

    /// @inheritdoc ICredentialStatus
    bytes32 public historyHead;

    /* READ */

    /// @inheritdoc ICredentialStatus
    function statusOf(address issuer, uint32 list, uint32 index) external view returns (Status) {
        if (index >= LIST_SIZE) revert IndexOutOfRange(index);
        if (_bit(issuer, list, Purpose.Revocation, index)) return Status.Revoked;
        return _bit(issuer, list, Purpose.Suspension, index) ? Status.Suspended : Status.Valid;
    }

    /// @inheritdoc ICredentialStatus
    function statusWord(address issuer, uint32 list, Purpose purpose, uint16 wordIndex)
        external
        view
        returns (uint256)
    {
        _checkWordIndex(wordIndex);
        return _words[issuer][list][purpose][wordIndex];
    }

    /* BY THE ISSUER */

    /// @inheritdoc ICredentialStatus
    function setStatus(uint32 list, uint32 index, Status status) external {
        if (index >= LIST_SIZE) revert IndexOutOfRange(index);
        bool revoke = status == Status.Revoked;
        if (!revoke && _bit(msg.sender, list, Purpose.Revocation, index)) revert CredentialRevoked(list, index);

        Purpose purpose = revoke ? Purpose.Revocation : Purpose.Suspension;
        uint256 mask = uint256(1) << (index % 256);
        bool set = status != Status.Valid;
        historyHead = _change(historyHead, list, purpose, uint16(index / 256), set ? mask : 0, set ? 0 : mask);
    }

    /// @inheritdoc ICredentialStatus
    function setStatusWords(uint32 list, Purpose purpose, WordChange[] calldata changes) external {
        if (changes.length == 0) revert EmptyBatch();
        if (changes.length > MAX_BATCH) revert BatchTooLarge(changes.length, MAX_BATCH);

        bytes32 head = historyHead;
        for (uint256 i; i < changes.length; ++i) {
            WordChange calldata change = changes[i];
            _checkWordIndex(change.wordIndex);
            if (change.set & change.clear != 0) revert InvalidWordChange();
            if (purpose == Purpose.Revocation && change.clear != 0) revert RevocationIsFinal(list, change.wordIndex);
            head = _change(head, list, purpose, change.wordIndex, change.set, change.clear);
        }
        historyHead = head;
    }

    /* INTERNAL */

    /// @dev Effects and event; returns the new history head, which the caller stores once.
    function _change(bytes32 head, uint32 list, Purpose purpose, uint16 wordIndex, uint256 set, uint256 clear)
        private
        returns (bytes32)
    {
        uint256[LIST_SIZE / 256] storage words = _words[msg.sender][list][purpose];
        uint256 current = words[wordIndex];
        uint256 word = (current | set) & ~clear;
        if (word == current) return head;

        words[wordIndex] = word;

        emit StatusChanged(msg.sender, list, purpose, wordIndex, word);
        return keccak256(
            abi.encodePacked(
                head,
                TAG_STATUS_CHANGED,
                ADDRESS_PREFIX,
                msg.sender,
                list,
                purpose,
                wordIndex,
                word,
                uint64(block.timestamp)
            )
        );
    }

    function _bit(address issuer, uint32 list, Purpose purpose, uint32 index) private view returns (bool) {
        return (_words[issuer][list][purpose][index / 256] >> (index % 256)) & 1 != 0;
    }

    function _checkWordIndex(uint16 wordIndex) private pure {
        if (wordIndex >= LIST_SIZE / 256) revert IndexOutOfRange(uint32(wordIndex) * 256);
    }
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {AccessGrants} from "../../src/AccessGrants.sol";
import {IAccessGrants} from "../../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "../support/AccessGrantsModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice Calls AccessGrants at random and, beside it, a model of what the README says. Each call must succeed or fail as
/// the model foresees, with the same error.
contract AccessGrantsHandler {
    struct Triple {
        address owner;
        address grantee;
        bytes32 dataId;
    }

    struct Grant {
        bool exists;
        uint64 createdAt;
        uint64 lockedUntil;
    }

    uint64 internal constant MAX_TIMELOCK = 20 * 365 days;
    uint256 internal constant OWNERS = 3;
    uint256 internal constant GRANTEES = 4; // the owners, and one more
    uint256 internal constant DATA_IDS = 2;
    uint256 public constant TRIPLES = OWNERS * GRANTEES * DATA_IDS;

    AccessGrants public immutable GRANTS;

    /// @dev The clock of every call: a warp need not outlive the call that makes it.
    uint256 public time = 1_800_000_000;

    /// @dev The accounts of the private keys 1, 2, ...
    address[GRANTEES] internal people;

    /// @dev The model, by number of the triple.
    Grant[TRIPLES] internal grants;
    mapping(address owner => mapping(uint192 key => uint256)) public nonces;

    /// @dev What the events said.
    bytes32 public foldedHead;
    mapping(bytes32 tripleHash => uint64) public promisedLock;

    /// @dev Signed calls that worked.
    bytes[] internal sent;

    constructor(AccessGrants accessGrants) {
        GRANTS = accessGrants;
        for (uint256 i; i < GRANTEES; ++i) {
            people[i] = vm.addr(i + 1);
        }
    }

    /* WHAT INVARIANTS READ */

    function tripleOf(uint256 number) public view returns (Triple memory) {
        (uint256 owner, uint256 grantee) = (number % OWNERS, number / OWNERS % GRANTEES);
        return Triple(people[owner], people[grantee], bytes32(number / OWNERS / GRANTEES));
    }

    function grantOf(uint256 number) external view returns (Grant memory) {
        return grants[number];
    }

    /* ACTIONS */

    function wait(uint256 span) external {
        time += span % 40 days;
    }

    function create(uint256 number, uint256 lockSeed, uint256 signSeed) external {
        uint64 lock = pickLock(lockSeed);
        Triple memory triple = tripleOf(number %= TRIPLES);
        bytes4 refusal = modelCreate(number, lock);

        if (signSeed % 2 == 0) {
            bytes memory verb = abi.encodeCall(IAccessGrants.createGrant, (triple.grantee, triple.dataId, lock));
            callAs(triple.owner, verb, refusal);
        } else {
            uint192 nonceKey = uint192(signSeed % 3);
            bytes memory verb = signedCreate(number % OWNERS + 1, triple, lock, nonceKey);
            if (refusal == 0) {
                ++nonces[triple.owner][nonceKey];
                sent.push(verb);
            }
            callAs(address(this), verb, refusal);
        }
    }

    function extend(uint256 number, uint256 lockSeed) external {
        uint64 lock = pickLock(lockSeed);
        Triple memory triple = tripleOf(number %= TRIPLES);
        Grant storage grant = grants[number];

        bytes4 refusal;
        if (!grant.exists) refusal = IAccessGrants.GrantNotFound.selector;
        else if (!lockIsFine(lock) || lock <= grant.lockedUntil) refusal = IAccessGrants.InvalidTimelock.selector;
        else grant.lockedUntil = lock;

        bytes memory verb = abi.encodeCall(IAccessGrants.extendTimelock, (triple.grantee, triple.dataId, lock));
        callAs(triple.owner, verb, refusal);
    }

    function revoke(uint256 number) external {
        Triple memory triple = tripleOf(number %= TRIPLES);
        bytes4 refusal = modelRevoke(number);
        callAs(triple.owner, abi.encodeCall(IAccessGrants.revokeGrant, (triple.grantee, triple.dataId)), refusal);
    }

    function createBatch(uint256 ownerSeed, uint256[3] calldata seeds, uint256 lockSeed) external {
        uint64 lock = pickLock(lockSeed);
        IAccessGrants.NewGrant[] memory items = new IAccessGrants.NewGrant[](3);
        Grant[TRIPLES] memory before = grants;
        bytes4 refusal;
        for (uint256 i; i < 3; ++i) {
            uint256 number = sameOwner(ownerSeed, seeds[i]);
            Triple memory triple = tripleOf(number);
            items[i] = IAccessGrants.NewGrant(triple.grantee, triple.dataId, lock);
            if (refusal == 0) refusal = modelCreate(number, lock);
        }
        if (refusal != 0) restore(before);
        callAs(tripleOf(ownerSeed % OWNERS).owner, abi.encodeCall(IAccessGrants.createGrants, (items)), refusal);
    }

    function revokeBatch(uint256 ownerSeed, uint256[2] calldata seeds) external {
        IAccessGrants.GrantRef[] memory items = new IAccessGrants.GrantRef[](2);
        Grant[TRIPLES] memory before = grants;
        bytes4 refusal;
        for (uint256 i; i < 2; ++i) {
            uint256 number = sameOwner(ownerSeed, seeds[i]);
            Triple memory triple = tripleOf(number);
            items[i] = IAccessGrants.GrantRef(triple.grantee, triple.dataId);
            if (refusal == 0) refusal = modelRevoke(number);
        }
        if (refusal != 0) restore(before);
        callAs(tripleOf(ownerSeed % OWNERS).owner, abi.encodeCall(IAccessGrants.revokeGrants, (items)), refusal);
    }

    function cancelNonce(uint256 ownerSeed, uint256 key, bool next) external {
        address owner = tripleOf(ownerSeed % OWNERS).owner;
        uint256 nonce = (key % 3 << 64) | nonces[owner][uint192(key % 3)];
        if (next) ++nonces[owner][uint192(key % 3)];
        bytes memory verb = abi.encodeCall(IAccessGrants.cancelNonce, (next ? nonce : nonce + 1));
        callAs(owner, verb, next ? bytes4(0) : IAccessGrants.NonceUsed.selector);
    }

    function replay(uint256 which) external {
        if (sent.length == 0) return;
        vm.warp(time);
        (bool success, bytes memory reason) = address(GRANTS).call(sent[which % sent.length]);
        vm.assertTrue(!success, "a signature worked twice");
        bool known = bytes4(reason) == IAccessGrants.NonceUsed.selector
            || bytes4(reason) == IAccessGrants.SignatureExpired.selector;
        vm.assertTrue(known, "refused for another reason");
    }

    /* THE MODEL */

    function modelCreate(uint256 number, uint64 lock) internal returns (bytes4) {
        Triple memory triple = tripleOf(number);
        if (triple.owner == triple.grantee) return IAccessGrants.InvalidGrantee.selector;
        if (grants[number].exists) return IAccessGrants.GrantExists.selector;
        if (lock != 0 && !lockIsFine(lock)) return IAccessGrants.InvalidTimelock.selector;
        grants[number] = Grant(true, uint64(time), lock);
        return 0;
    }

    function modelRevoke(uint256 number) internal returns (bytes4) {
        if (!grants[number].exists) return IAccessGrants.GrantNotFound.selector;
        if (time <= grants[number].lockedUntil) return IAccessGrants.GrantLocked.selector;
        delete grants[number];
        return 0;
    }

    function restore(Grant[TRIPLES] memory before) internal {
        for (uint256 i; i < TRIPLES; ++i) {
            grants[i] = before[i];
        }
    }

    function lockIsFine(uint64 lock) internal view returns (bool) {
        return lock > time && lock <= time + MAX_TIMELOCK;
    }

    /// @dev None, near, anywhere allowed, past, too far; and, by way of near, the very bounds.
    function pickLock(uint256 seed) internal view returns (uint64) {
        uint256 kind = seed % 8;
        seed /= 8;
        if (kind < 2) return 0;
        if (kind < 5) return uint64(time + seed % 30 days);
        if (kind == 5) return uint64(time + seed % (MAX_TIMELOCK + 2));
        if (kind == 6) return uint64(seed % time);
        return uint64(time + MAX_TIMELOCK + seed % 3);
    }

    function sameOwner(uint256 ownerSeed, uint256 seed) internal pure returns (uint256) {
        return seed % (GRANTEES * DATA_IDS) * OWNERS + ownerSeed % OWNERS;
    }

    /* CALLS */

    function callAs(address sender, bytes memory verb, bytes4 refusal) internal {
        vm.warp(time);
        vm.recordLogs();
        vm.prank(sender);
        (bool success, bytes memory reason) = address(GRANTS).call(verb);
        vm.assertEq(success, refusal == 0, "accepted or refused unlike the model");
        if (success) foldLogs();
        else vm.assertEq(bytes32(bytes4(reason)), bytes32(refusal), "refused for another reason");
    }

    function foldLogs() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            uint64 lock = abi.decode(logs[i].data, (uint64));
            address owner = address(uint160(uint256(logs[i].topics[1])));
            address grantee = address(uint160(uint256(logs[i].topics[2])));
            bytes32 dataId = logs[i].topics[3];
            uint8 tag = tagOf(logs[i].topics[0]);

            foldedHead = AccessGrantsModel.fold(foldedHead, tag, owner, grantee, dataId, lock, time);
            promisedLock[keccak256(abi.encode(Triple(owner, grantee, dataId)))] = lock;
        }
    }

    function tagOf(bytes32 topic) internal pure returns (uint8) {
        if (topic == IAccessGrants.GrantCreated.selector) return AccessGrantsModel.CREATED;
        if (topic == IAccessGrants.TimelockExtended.selector) return AccessGrantsModel.EXTENDED;
        vm.assertEq(topic, IAccessGrants.GrantRevoked.selector, "unknown event");
        return AccessGrantsModel.REVOKED;
    }

    function signedCreate(uint256 key, Triple memory triple, uint64 lock, uint192 nonceKey)
        internal
        view
        returns (bytes memory)
    {
        uint256 nonce = (uint256(nonceKey) << 64) | nonces[triple.owner][nonceKey];
        uint64 deadline = uint64(time + 1 days);
        bytes32 message = AccessGrantsModel.lockMessage(
            "CreateGrant", triple.owner, triple.grantee, triple.dataId, lock, nonce, deadline
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, AccessGrantsModel.digest(address(GRANTS), block.chainid, message));
        return abi.encodeCall(
            IAccessGrants.createGrantBySig,
            (
                abi.encodePacked(triple.owner),
                triple.grantee,
                triple.dataId,
                lock,
                nonce,
                deadline,
                abi.encodePacked(r, s, v)
            )
        );
    }
}

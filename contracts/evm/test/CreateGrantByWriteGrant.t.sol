// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {SignedVerbTest} from "./support/SignedVerbTest.sol";
import {vm} from "./support/Vm.sol";

contract CreateGrantByWriteGrantTest is SignedVerbTest {
    bytes32 internal issuerKey = keccak256("an Ed25519 public key");
    bytes32 internal credentialId = keccak256("the original");
    uint64 internal notBefore = uint64(NOW - 1 hours);

    function writeGrant(address owner, uint256 nonce, uint64 notAfter)
        internal
        view
        returns (IAccessGrants.WriteGrant memory)
    {
        return
            IAccessGrants.WriteGrant(owner, grantee, issuerKey, credentialId, dataId, lock, notBefore, notAfter, nonce);
    }

    function messageOf(address owner, uint256 nonce, uint64 notAfter) internal view override returns (bytes32) {
        bytes32 typeHash = keccak256(
            "WriteGrant(address owner,address grantee,bytes32 issuerKey,bytes32 credentialId,bytes32 dataId,"
            "uint64 lockedUntil,uint64 notBefore,uint64 notAfter,uint256 nonce)"
        );
        return keccak256(
            abi.encode(typeHash, owner, grantee, issuerKey, credentialId, dataId, lock, notBefore, notAfter, nonce)
        );
    }

    function send(bytes memory signer, uint256 nonce, uint64 notAfter, bytes memory signature) internal override {
        grants.createGrantByWriteGrant(writeGrant(ownerOf(signer), nonce, notAfter), signer, signature);
    }

    function prepare(address owner) internal override {
        if (!grants.hasAccess(owner, grantee, dataId)) return;
        vm.warp(lock + 1);
        vm.prank(owner);
        grants.revokeGrant(grantee, dataId);
        vm.warp(NOW);
    }

    function assertDone(address owner) internal view override {
        assertGrant(owner, grantee, dataId, NOW, lock);
        assertNoGrant(owner, grantee, credentialId); // the grant is on the copy, not on the original
        assertHead(fold(0, AccessGrantsModel.CREATED, owner, grantee, dataId, lock));
    }

    function alter(uint256 which) internal override {
        if (which % 6 < 3) super.alter(which % 6);
        else if (which % 6 == 3) issuerKey = ~issuerKey;
        else if (which % 6 == 4) credentialId = ~credentialId;
        else ++notBefore;
    }

    function test_EmitsTheOwner() external {
        bytes memory signature = sign(0, DEADLINE);
        vm.expectEmit(true, true, true, true, address(grants));
        emit IAccessGrants.GrantCreated(OWNER, grantee, dataId, lock);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_WorksFromNotBeforeToNotAfter(uint256 time, uint64 notAfter) external {
        notAfter = uint64(bound(notAfter, notBefore, lock - 1));
        bytes memory signature = sign(0, notAfter);
        vm.warp(bound(time, notBefore, notAfter));
        send(signer20(OWNER), 0, notAfter, signature);
        assertGrant(OWNER, grantee, dataId, block.timestamp, lock);
    }

    function test_RevertsIf_TooEarly(uint64 start) external {
        start = uint64(bound(start, NOW + 1, type(uint64).max));
        notBefore = start;
        bytes memory signature = sign(0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.SignatureNotYetValid.selector, start));
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_SignerIsNotTheOwner() external {
        address victim = vm.addr(OTHER_KEY);
        IAccessGrants.WriteGrant memory message = writeGrant(victim, 0, DEADLINE);
        bytes memory signature = signDigest(OWNER_KEY, digestOf(victim, 0, DEADLINE));
        expectRevert(IAccessGrants.InvalidSignature.selector);
        grants.createGrantByWriteGrant(message, signer20(OWNER), signature);
    }

    function test_RevertsIf_GrantExists() external {
        create(OWNER, grantee, dataId, 0);
        bytes memory signature = sign(0, DEADLINE);
        expectRevert(IAccessGrants.GrantExists.selector);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_GranteeIsOwner() external {
        grantee = OWNER;
        bytes memory signature = sign(0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.InvalidGrantee.selector, OWNER));
        send(signer20(OWNER), 0, DEADLINE, signature);
    }
}

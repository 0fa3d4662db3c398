// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";

import {IAccessGrants} from "../../src/interfaces/IAccessGrants.sol";
import {AccessGrantsModel} from "./AccessGrantsModel.sol";
import {AccessGrantsTest} from "./AccessGrantsTest.sol";
import {OwnedWallet} from "./OwnedWallet.sol";
import {vm} from "./Vm.sol";

/// @notice What holds for every signed verb. A verb's own test fills in the five functions below.
abstract contract SignedVerbTest is AccessGrantsTest {
    uint64 internal constant DEADLINE = uint64(NOW + 1 hours);
    uint256 internal constant SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 internal constant P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    /// @dev What the verb is about. Tests may change these between signing and sending.
    address internal grantee = GRANTEE;
    bytes32 internal dataId = DATA_ID;
    uint64 internal lock = uint64(NOW + 30 days);

    /* EACH VERB */

    /// @dev The EIP-712 hash of the verb's message.
    function messageOf(address owner, uint256 nonce, uint64 deadline) internal view virtual returns (bytes32);

    /// @dev Calls the verb: exactly one call.
    function send(bytes memory signer, uint256 nonce, uint64 deadline, bytes memory signature) internal virtual;

    /// @dev Brings about what the verb needs, before the first or a second time.
    function prepare(address owner) internal virtual;

    /// @dev Asserts what the verb leaves.
    function assertDone(address owner) internal view virtual;

    /// @dev Changes one of the verb's own fields.
    function alter(uint256 which) internal virtual {
        if (which % 3 == 0) grantee = address(0xC0FFEE);
        else if (which % 3 == 1) dataId = ~dataId;
        else ++lock;
    }

    /* SHORTHANDS */

    function digestOf(address owner, uint256 nonce, uint64 deadline) internal view returns (bytes32) {
        return AccessGrantsModel.digest(address(grants), block.chainid, messageOf(owner, nonce, deadline));
    }

    function signDigest(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function sign(uint256 nonce, uint64 deadline) internal view returns (bytes memory) {
        return signDigest(OWNER_KEY, digestOf(OWNER, nonce, deadline));
    }

    function signer20(address account) internal pure returns (bytes memory) {
        return abi.encodePacked(account);
    }

    function ownerOf(bytes memory signer) internal view returns (address) {
        if (signer.length < 20) return OWNER;
        return signer.length == 20 ? address(bytes20(signer)) : address(uint160(uint256(keccak256(signer))));
    }

    function expectNonceUsed(address owner, uint256 nonce) internal {
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.NonceUsed.selector, owner, nonce));
    }

    /// @dev Sends what the owner would have signed, with `signature`, and expects a refusal.
    function expectInvalid(bytes memory signer, bytes memory signature) internal {
        expectRevert(IAccessGrants.InvalidSignature.selector);
        send(signer, 0, DEADLINE, signature);
    }

    /* WHO MAY SIGN */

    function test_SentByAnyone(address sender, uint256 key, uint192 nonceKey, uint64 deadline) external {
        key = bound(key, 1, SECP256K1_N - 1);
        deadline = uint64(bound(deadline, NOW, lock - 1));
        address owner = vm.addr(key);
        vm.assume(owner != grantee);
        uint256 nonce = uint256(nonceKey) << 64;
        prepare(owner);
        bytes memory signature = signDigest(key, digestOf(owner, nonce, deadline));

        vm.prank(sender);
        send(signer20(owner), nonce, deadline, signature);

        assertDone(owner);
        vm.assertEq(grants.nonces(owner, nonceKey), nonce + 1, "nonce");
        vm.assertEq(grants.nonces(owner, ~nonceKey), uint256(~nonceKey) << 64, "other nonce");
    }

    function test_AcceptsAnErc1271Wallet() external {
        OwnedWallet wallet = new OwnedWallet(OWNER);
        prepare(address(wallet));
        bytes memory signature = signDigest(OWNER_KEY, digestOf(address(wallet), 0, DEADLINE));
        send(signer20(address(wallet)), 0, DEADLINE, signature);
        assertDone(address(wallet));
    }

    function test_AcceptsAnErc7913Signer() external {
        (uint256 x, uint256 y) = vm.publicKeyP256(OWNER_KEY);
        bytes memory signer = abi.encodePacked(new ERC7913P256Verifier(), x, y);
        address owner = ownerOf(signer);
        prepare(owner);
        (bytes32 r, bytes32 s) = vm.signP256(OWNER_KEY, digestOf(owner, 0, DEADLINE));
        if (uint256(s) > P256_N / 2) s = bytes32(P256_N - uint256(s));

        send(signer, 0, DEADLINE, abi.encodePacked(r, s));
        assertDone(owner);
    }

    function test_RevertsIf_SignedByAnother() external {
        prepare(OWNER);
        expectInvalid(signer20(OWNER), signDigest(OTHER_KEY, digestOf(OWNER, 0, DEADLINE)));
    }

    function test_RevertsIf_WalletOfTheSameKeySigned() external {
        OwnedWallet wallet = new OwnedWallet(OWNER);
        OwnedWallet twin = new OwnedWallet(OWNER);
        prepare(address(twin));
        expectInvalid(signer20(address(twin)), signDigest(OWNER_KEY, digestOf(address(wallet), 0, DEADLINE)));
    }

    function test_RevertsIf_WalletRefuses() external {
        OwnedWallet wallet = new OwnedWallet(vm.addr(OTHER_KEY));
        prepare(address(wallet));
        expectInvalid(signer20(address(wallet)), signDigest(OWNER_KEY, digestOf(address(wallet), 0, DEADLINE)));
    }

    function test_RevertsIf_SignerIsNoWallet() external {
        prepare(address(this));
        expectInvalid(signer20(address(this)), signDigest(OWNER_KEY, digestOf(address(this), 0, DEADLINE)));
    }

    function test_RevertsIf_SignerIsZero(bytes calldata signature) external {
        expectInvalid(signer20(address(0)), signature);
    }

    function test_RevertsIf_SignerIsTooShort(bytes20 signer, uint256 length) external {
        bytes memory short = abi.encodePacked(signer);
        length = bound(length, 0, 19);
        assembly ("memory-safe") {
            mstore(short, length)
        }
        expectInvalid(short, sign(0, DEADLINE));
    }

    function test_RevertsIf_VerifierHasNoCode(bytes20 key) external {
        expectInvalid(abi.encodePacked(address(0xDEAD), key), sign(0, DEADLINE));
    }

    function test_RevertsIf_VerifierRefuses() external {
        (uint256 x, uint256 y) = vm.publicKeyP256(OWNER_KEY);
        expectInvalid(abi.encodePacked(new ERC7913P256Verifier(), x, y), new bytes(64));
    }

    /* WHAT IS SIGNED */

    function test_RevertsIf_AnyFieldDiffers(uint256 which) external {
        bytes memory signature = sign(0, DEADLINE);
        alter(which);
        prepare(OWNER);
        expectInvalid(signer20(OWNER), signature);
    }

    function test_RevertsIf_NonceDiffers(uint256 nonce) external {
        vm.assume(nonce != 0);
        prepare(OWNER);
        expectInvalid(signer20(OWNER), sign(nonce, DEADLINE));
    }

    function test_RevertsIf_DeadlineDiffers(uint64 deadline) external {
        vm.assume(deadline != DEADLINE);
        prepare(OWNER);
        expectInvalid(signer20(OWNER), sign(0, deadline));
    }

    function test_RevertsIf_SignedForAnotherChain(uint64 chainId) external {
        chainId = uint64(bound(chainId, 1, type(uint64).max - 1));
        vm.assume(chainId != block.chainid);
        prepare(OWNER);
        bytes memory signature = sign(0, DEADLINE);
        vm.chainId(chainId);
        expectInvalid(signer20(OWNER), signature);
    }

    function test_RevertsIf_SignedForAnotherContract(address other) external {
        vm.assume(other != address(grants));
        prepare(OWNER);
        bytes32 digest = AccessGrantsModel.digest(other, block.chainid, messageOf(OWNER, 0, DEADLINE));
        expectInvalid(signer20(OWNER), signDigest(OWNER_KEY, digest));
    }

    /* WHEN */

    function test_RevertsIf_Expired(uint64 deadline) external {
        deadline = uint64(bound(deadline, 0, NOW - 1));
        prepare(OWNER);
        bytes memory signature = sign(0, deadline);
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.SignatureExpired.selector, deadline));
        send(signer20(OWNER), 0, deadline, signature);
    }

    /* ONCE */

    function test_RevertsIf_SentAgain() external {
        prepare(OWNER);
        bytes memory signature = sign(0, DEADLINE);
        send(signer20(OWNER), 0, DEADLINE, signature);
        prepare(OWNER);
        expectNonceUsed(OWNER, 0);
        send(signer20(OWNER), 0, DEADLINE, signature);
    }

    function test_RevertsIf_NonceWasCancelled(uint192 nonceKey) external {
        uint256 nonce = uint256(nonceKey) << 64;
        prepare(OWNER);
        bytes memory signature = sign(nonce, DEADLINE);
        vm.prank(OWNER);
        grants.cancelNonce(nonce);
        expectNonceUsed(OWNER, nonce);
        send(signer20(OWNER), nonce, DEADLINE, signature);
    }

    function test_RevertsIf_NonceComesTooEarly(uint192 nonceKey, uint64 sequence) external {
        vm.assume(sequence != 0);
        uint256 nonce = (uint256(nonceKey) << 64) | sequence;
        prepare(OWNER);
        bytes memory signature = sign(nonce, DEADLINE);
        expectNonceUsed(OWNER, nonce);
        send(signer20(OWNER), nonce, DEADLINE, signature);
    }

    function test_KeepsTheNonceIfTheVerbIsRefused() external {
        bytes memory signature = sign(0, DEADLINE);
        prepare(OWNER);
        send(signer20(OWNER), 0, DEADLINE, signature);
        signature = sign(1, DEADLINE);
        vm.expectRevert(); // the verb cannot be done twice
        send(signer20(OWNER), 1, DEADLINE, signature);
        vm.assertEq(grants.nonces(OWNER), 1, "nonce");
    }

    /* HOW THE SIGNATURE LOOKS */

    function test_RevertsIf_SIsHigh() external {
        prepare(OWNER);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER_KEY, digestOf(OWNER, 0, DEADLINE));
        bytes32 highS = bytes32(SECP256K1_N - uint256(s));
        expectInvalid(signer20(OWNER), abi.encodePacked(r, highS, v == 27 ? uint8(28) : uint8(27)));
    }

    function test_RevertsIf_VIsOff(uint8 v) external {
        prepare(OWNER);
        (uint8 goodV, bytes32 r, bytes32 s) = vm.sign(OWNER_KEY, digestOf(OWNER, 0, DEADLINE));
        vm.assume(v != goodV);
        expectInvalid(signer20(OWNER), abi.encodePacked(r, s, v));
    }

    function test_RevertsIf_SignatureIsCompact() external {
        prepare(OWNER);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER_KEY, digestOf(OWNER, 0, DEADLINE));
        bytes32 vs = bytes32((uint256(v - 27) << 255) | uint256(s)); // EIP-2098
        expectInvalid(signer20(OWNER), abi.encodePacked(r, vs));
    }

    function test_RevertsIf_SignatureHasAnotherLength(uint256 length) external {
        prepare(OWNER);
        length = bound(length, 0, 128);
        vm.assume(length != 65);
        bytes memory signature = abi.encodePacked(sign(0, DEADLINE), new bytes(63));
        assembly ("memory-safe") {
            mstore(signature, length)
        }
        expectInvalid(signer20(OWNER), signature);
    }
}

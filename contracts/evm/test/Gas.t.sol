// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {CredentialStatus} from "../src/CredentialStatus.sol";
import {MembersOnly} from "../src/examples/MembersOnly.sol";
import {IAccessGrants} from "../src/interfaces/IAccessGrants.sol";
import {ICredentialStatus} from "../src/interfaces/ICredentialStatus.sol";
import {AccessGrantsModel} from "./support/AccessGrantsModel.sol";
import {AccessGrantsTest} from "./support/AccessGrantsTest.sol";
import {vm} from "./support/Vm.sol";

/// @notice The gas of each verb as a transaction pays it, without its 21,000 and its calldata, before refunds: the state
/// is made in `setUp`, and `cool` makes every slot cold again. Limits are asserted; exact numbers go to `snapshots/`.
contract GasTest is AccessGrantsTest {
    uint256 internal constant BATCH = 20;
    uint64 internal constant LOCK = uint64(NOW + 30 days);
    uint64 internal constant DEADLINE = uint64(NOW + 1 hours);
    address internal constant ISSUER = address(0x155);

    CredentialStatus internal statuses;
    MembersOnly internal club;

    /// @dev Contracts that are in use: the heads are not zero, nor is the word in which a status changes.
    function setUp() public override {
        super.setUp();
        for (uint256 i; i < BATCH; ++i) {
            create(OWNER, GRANTEE, bytes32(i), 0);
        }
        statuses = new CredentialStatus();
        vm.prank(ISSUER);
        statuses.setStatus(0, 1, ICredentialStatus.Status.Revoked);
        club = new MembersOnly(grants, statuses, GRANTEE, ISSUER);
        vm.prank(GRANTEE);
        club.admit(OWNER, 0, 0, 0);
    }

    /* MEASURING */

    function measure(address sender, address target, bytes memory verb) internal returns (uint256) {
        vm.cool(address(grants));
        vm.cool(address(statuses));
        vm.cool(address(club));
        vm.prank(sender);
        (bool success,) = target.call(verb);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(success, "call");
        return gas;
    }

    function check(string memory name, address sender, bytes memory verb, uint256 limit) internal {
        uint256 gas = measure(sender, address(grants), verb);
        vm.assertLe(gas, limit, name);
        vm.snapshotValue("AccessGrants", name, gas);
    }

    function checkStatus(string memory name, bytes memory verb, uint256 limit) internal {
        uint256 gas = measure(ISSUER, address(statuses), verb);
        vm.assertLe(gas, limit, name);
        vm.snapshotValue("CredentialStatus", name, gas);
    }

    function signed(bytes32 message) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(OWNER_KEY, AccessGrantsModel.digest(address(grants), block.chainid, message));
        return abi.encodePacked(r, s, v);
    }

    /* ACCESS GRANTS */

    function test_Create() external {
        check("createGrant", OWNER, abi.encodeCall(IAccessGrants.createGrant, (GRANTEE, DATA_ID, 0)), 34_000);
    }

    function test_CreateLocked() external {
        bytes memory verb = abi.encodeCall(IAccessGrants.createGrant, (GRANTEE, DATA_ID, LOCK));
        check("createGrant, locked", OWNER, verb, 34_000);
    }

    function test_Extend() external {
        bytes memory verb = abi.encodeCall(IAccessGrants.extendTimelock, (GRANTEE, 0, LOCK));
        check("extendTimelock", OWNER, verb, 15_000);
    }

    function test_Revoke() external {
        check("revokeGrant", OWNER, abi.encodeCall(IAccessGrants.revokeGrant, (GRANTEE, 0)), 15_000);
    }

    function test_HasAccess() external {
        bytes memory query = abi.encodeCall(IAccessGrants.hasAccess, (OWNER, GRANTEE, 0));
        check("hasAccess", address(this), query, 3_500);
    }

    function test_CreateBatch() external {
        IAccessGrants.NewGrant[] memory items = new IAccessGrants.NewGrant[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            items[i] = IAccessGrants.NewGrant(GRANTEE, keccak256(abi.encode(i)), LOCK);
        }
        check("createGrants, 20", OWNER, abi.encodeCall(IAccessGrants.createGrants, (items)), BATCH * 27_000);
    }

    function test_RevokeBatch() external {
        IAccessGrants.GrantRef[] memory items = new IAccessGrants.GrantRef[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            items[i] = IAccessGrants.GrantRef(GRANTEE, bytes32(i));
        }
        check("revokeGrants, 20", OWNER, abi.encodeCall(IAccessGrants.revokeGrants, (items)), BATCH * 10_000);
    }

    function test_CreateBySig() external {
        uint256 nonce = 1 << 64;
        bytes32 message = AccessGrantsModel.lockMessage("CreateGrant", OWNER, GRANTEE, DATA_ID, LOCK, nonce, DEADLINE);
        bytes memory verb = abi.encodeCall(
            IAccessGrants.createGrantBySig,
            (abi.encodePacked(OWNER), GRANTEE, DATA_ID, LOCK, nonce, DEADLINE, signed(message))
        );
        check("createGrantBySig", address(this), verb, 65_000);
    }

    function test_RevokeBySig() external {
        uint256 nonce = 1 << 64;
        bytes32 message = AccessGrantsModel.revokeMessage(OWNER, GRANTEE, 0, nonce, DEADLINE);
        bytes memory verb = abi.encodeCall(
            IAccessGrants.revokeGrantBySig, (abi.encodePacked(OWNER), GRANTEE, 0, nonce, DEADLINE, signed(message))
        );
        check("revokeGrantBySig", address(this), verb, 50_000);
    }

    function test_CancelNonce() external {
        check("cancelNonce", OWNER, abi.encodeCall(IAccessGrants.cancelNonce, (1 << 64)), 25_000);
    }

    /* CREDENTIAL STATUS */

    function test_SetStatus() external {
        bytes memory verb = abi.encodeCall(ICredentialStatus.setStatus, (0, 2, ICredentialStatus.Status.Revoked));
        checkStatus("setStatus", verb, 15_000);
    }

    function test_SetStatusInANewWord() external {
        bytes memory verb = abi.encodeCall(ICredentialStatus.setStatus, (0, 256, ICredentialStatus.Status.Revoked));
        checkStatus("setStatus, first of its word", verb, 35_000);
    }

    function test_SetStatusWords() external {
        ICredentialStatus.WordChange[] memory changes = new ICredentialStatus.WordChange[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            changes[i] = ICredentialStatus.WordChange(uint16(i + 1), type(uint256).max, 0);
        }
        bytes memory verb =
            abi.encodeCall(ICredentialStatus.setStatusWords, (0, ICredentialStatus.Purpose.Revocation, changes));
        checkStatus("setStatusWords, 20 new words", verb, BATCH * 27_000);
    }

    function test_StatusOf() external {
        checkStatus("statusOf, valid", abi.encodeCall(ICredentialStatus.statusOf, (ISSUER, 0, 0)), 6_000);
        checkStatus("statusOf, revoked", abi.encodeCall(ICredentialStatus.statusOf, (ISSUER, 0, 1)), 4_000);
    }

    /* WHO USES THEM */

    function test_MembersOnly() external {
        uint256 gas = measure(OWNER, address(club), abi.encodeCall(MembersOnly.act, ()));
        vm.assertLe(gas, 25_000, "act");
        vm.snapshotValue("MembersOnly", "act", gas);
    }

    /* SIZE */

    function test_Size() external {
        vm.snapshotValue("CodeSize", "AccessGrants", address(grants).code.length);
        vm.snapshotValue("CodeSize", "CredentialStatus", address(statuses).code.length);
        vm.snapshotValue("CodeSize", "MembersOnly", address(club).code.length);
        vm.assertLe(address(grants).code.length, 12_000, "AccessGrants");
        vm.assertLe(address(statuses).code.length, 4_000, "CredentialStatus");
    }
}

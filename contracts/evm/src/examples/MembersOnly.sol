// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

import {IAccessGrants} from "../interfaces/IAccessGrants.sol";
import {ICredentialStatus} from "../interfaces/ICredentialStatus.sol";

/// @title MembersOnly
/// @notice An example consumer. A person acts here only while two things hold: the person's grant to the consumer stands,
/// so the consumer may still read the credential; and the issuer has neither revoked nor suspended that credential.
/// @dev What a credential says is encrypted and off chain. So the consumer reads it there, once, and admits its owner here
/// with what it found in it: the id of the copy it read, and the position in the issuer's status list. From then on the
/// chain alone decides, at every act.
contract MembersOnly {
    /// @notice Emitted when `owner` acts.
    event Acted(address indexed owner);

    /// @notice The caller is not the consumer.
    error NotConsumer();

    /// @notice The owner was not admitted, has revoked the grant, or the credential is revoked or suspended.
    error NotMember(address owner);

    /// @notice Where a credential is on chain.
    struct Credential {
        bytes32 dataId;
        uint32 list;
        uint32 index;
        bool admitted;
    }

    IAccessGrants public immutable GRANTS;
    ICredentialStatus public immutable STATUSES;

    /// @notice The account that reads credentials: the grantee.
    address public immutable CONSUMER;

    /// @notice The issuer that the consumer trusts.
    address public immutable ISSUER;

    mapping(address owner => Credential) public credentialOf;

    constructor(IAccessGrants grants, ICredentialStatus statuses, address consumer, address issuer) {
        (GRANTS, STATUSES, CONSUMER, ISSUER) = (grants, statuses, consumer, issuer);
    }

    /// @notice Admits `owner`, whose credential the consumer has read and found good.
    function admit(address owner, bytes32 dataId, uint32 list, uint32 index) external {
        if (msg.sender != CONSUMER) revert NotConsumer();
        credentialOf[owner] = Credential(dataId, list, index, true);
    }

    /// @notice What members do: here, only an event.
    function act() external {
        if (!isMember(msg.sender)) revert NotMember(msg.sender);
        emit Acted(msg.sender);
    }

    /// @notice Whether `owner` may act now.
    function isMember(address owner) public view returns (bool) {
        Credential memory credential = credentialOf[owner];
        return credential.admitted && GRANTS.hasAccess(owner, CONSUMER, credential.dataId)
            && STATUSES.statusOf(ISSUER, credential.list, credential.index) == ICredentialStatus.Status.Valid;
    }
}

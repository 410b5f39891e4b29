// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title ReleasedValues: what the holder of a key says a result decrypts to
/// @notice A contract cannot see a result. It can take the word of who can: an EIP-712 statement under the hub's domain,
///         signed by the owner of the key set the request was made with.
/// @dev Warning: nothing proves that the statement is true. Use it where the key's owner has no reason to lie, or answers
///      for it otherwise.
library ReleasedValues {
    /// @notice A statement.
    /// @param receipt the receipt of the result it is about: binds chain, hub, request, model, keys, input and result
    /// @param exponent of the step the values were rounded to: value i is `multiples[i] * 2^exponent`
    /// @param multiples one a released output
    struct Statement {
        bytes32 receipt;
        int16 exponent;
        int64[] multiples;
    }

    /// @notice Type hash of a statement.
    bytes32 internal constant TYPEHASH = keccak256("Released(bytes32 receipt,int16 exponent,int64[] multiples)");
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice The digest the key set's owner signs.
    /// @param hub whose domain it is signed under
    function digest(Statement memory statement, address hub) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Cloakwork"), keccak256("1"), block.chainid, hub)
        );
        bytes32 content = keccak256(
            abi.encode(
                TYPEHASH,
                statement.receipt,
                statement.exponent,
                keccak256(abi.encodePacked(statement.multiples))
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }

    /// @notice Whether `owner`, a person's account or a contract (ERC-1271), signed the statement.
    function isSignedBy(
        Statement memory statement,
        address hub,
        address owner,
        bytes memory signature
    ) internal view returns (bool) {
        return SignatureChecker.isValidSignatureNow(owner, digest(statement, hub), signature);
    }
}

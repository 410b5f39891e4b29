/** Names the instrumented contracts use; nothing else is called so. */
export const LIBRARY_FILE = "MutantSwitch.sol";
export const GUARD_FILE = "MutantGuard.sol";
export const LIBRARY = "MutantSwitch";
export const SWITCH = "mutantId";

/** The coinbase that has every point tell when it is reached; point `id` is switched on by this plus `id`. */
export const RECORDING = 0xc0ffee0000000000n;

/**
 * Which mutant is on is read from the block's coinbase: two gas, settable from outside at any time, and the same in
 * transactions and calls. Pure functions read it through a pointer whose type says they do not. Points are told by the call
 * that Hardhat's coverage listens to.
 */
export const LIBRARY_SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

library ${LIBRARY} {
    uint256 private constant RECORDING = ${String(RECORDING)};

    function _read() private view returns (uint256 chosen) {
        assembly ("memory-safe") { chosen := coinbase() }
    }

    function _tell(uint256 id) private view {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, id)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, at, 32, 0, 0))
        }
    }

    function _asPure(
        function() internal view returns (uint256) given
    ) private pure returns (function() internal pure returns (uint256) out) {
        assembly ("memory-safe") { out := given }
    }

    function _asPureTelling(
        function(uint256) internal view given
    ) private pure returns (function(uint256) internal pure out) {
        assembly ("memory-safe") { out := given }
    }

    function _is(uint256 id, bool differs) private pure returns (bool) {
        uint256 chosen = _asPure(_read)();
        if (chosen == RECORDING) {
            if (differs) _asPureTelling(_tell)(id);
            return false;
        }
        return chosen == RECORDING + id;
    }

    function on(uint256 id) internal pure returns (bool) {
        return _is(id, true);
    }

    function cond(uint256 id, bool value) internal pure returns (bool) {
        if (_is(id, value)) return false;
        if (_is(id + 1, !value)) return true;
        return value;
    }

    function lt(uint256 id, uint256 a, uint256 b) internal pure returns (bool) {
        return _is(id, a == b) ? a <= b : a < b;
    }

    function le(uint256 id, uint256 a, uint256 b) internal pure returns (bool) {
        return _is(id, a == b) ? a < b : a <= b;
    }

    function gt(uint256 id, uint256 a, uint256 b) internal pure returns (bool) {
        return _is(id, a == b) ? a >= b : a > b;
    }

    function ge(uint256 id, uint256 a, uint256 b) internal pure returns (bool) {
        return _is(id, a == b) ? a > b : a >= b;
    }

    function add(uint256 id, uint256 a, uint256 b) internal pure returns (uint256) {
        return _is(id, b != 0) ? a - b : a + b;
    }

    function sub(uint256 id, uint256 a, uint256 b) internal pure returns (uint256) {
        return _is(id, b != 0) ? a + b : a - b;
    }

    function mul(uint256 id, uint256 a, uint256 b) internal pure returns (uint256) {
        return _is(id, b != 1) ? a / b : a * b;
    }

    function div(uint256 id, uint256 a, uint256 b) internal pure returns (uint256) {
        return _is(id, b != 1) ? a * b : a / b;
    }

    function mod(uint256 id, uint256 a, uint256 b) internal pure returns (uint256) {
        return _is(id, true) ? a / b : a % b;
    }
}
`;

/** OpenZeppelin's guard with its check and its lock left out when the mutant of that very use is on. */
export const GUARD_SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {${LIBRARY}} from "./${LIBRARY_FILE}";

abstract contract ReentrancyGuardTransient {
    error ReentrancyGuardReentrantCall();
    bool private transient _entered;

    modifier nonReentrant(uint256 ${SWITCH}) {
        bool guarded = !${LIBRARY}.on(${SWITCH});
        if (guarded) {
            if (_entered) revert ReentrancyGuardReentrantCall();
            _entered = true;
        }
        _;
        if (guarded) _entered = false;
    }
}
`;

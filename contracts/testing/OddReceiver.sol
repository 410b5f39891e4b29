// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title OddReceiver: what a contract that is called back can do to harm others
contract OddReceiver {
    /// @notice What it does when it is called.
    enum Habit {
        Revert,
        Bomb,
        Burn,
        Reenter
    }

    /// @notice It does not want to be called.
    error OddReceiver_Refused();

    Habit private immutable _habit;
    /// @notice Gas left when it was called last.
    uint256 public gasGiven;
    /// @notice How often it was called.
    uint256 public calls;

    /// @param habit what it does
    constructor(Habit habit) {
        _habit = habit;
    }

    /// @notice Does what it does, whatever it is called for.
    // What it does on being called is what it is for.
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        if (_habit == Habit.Revert) revert OddReceiver_Refused();
        if (_habit == Habit.Bomb) {
            // A megabyte to copy.
            // solhint-disable-next-line no-inline-assembly
            assembly ("memory-safe") {
                revert(0, 1000000)
            }
        }
        if (_habit == Habit.Burn) {
            gasGiven = gasleft();
            ++calls;
            return;
        }
        ++calls;
        // The same call once more.
        // solhint-disable-next-line avoid-low-level-calls
        (bool done, ) = msg.sender.call(abi.encodeWithSignature("deliver(uint256)", uint256(bytes32(msg.data[4:36]))));
        if (done) ++calls;
    }
}

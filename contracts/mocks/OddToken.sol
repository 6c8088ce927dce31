// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title A token that can be odd in each way that tokens out there are (D16)
/// @notice It is an ERC-20 whose answers, fees and callbacks are chosen by the test.
contract OddToken {
    enum Oddity {
        Sound,
        ReturnsNothing, // as USDT
        ReturnsFalse, // instead of reverting, and moves nothing
        TakesFee, // one hundredth of each transfer
        PaysBonus, // the receiver gets one wei more
        Reverts, // every transfer
        CallsBack // who asked for it, before and after the transfer, as ERC-777
    }

    Oddity public oddity;
    mapping(address account => uint256) public balances;
    mapping(address account => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public hasHook;
    /// @notice Balances are told in so many hundredths: a rebase changes it.
    uint256 public scale = 100;

    function setOddity(Oddity oddity_) external {
        oddity = oddity_;
    }

    function rebase(uint256 scale_) external {
        scale = scale_;
    }

    function hook() external {
        hasHook[msg.sender] = true;
    }

    function mint(address to, uint256 amount) external {
        balances[to] += amount;
    }

    function balanceOf(address account) external view returns (uint256) {
        return balances[account] * scale / 100;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        require(allowance[from][msg.sender] >= amount, "allowance");
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        require(oddity != Oddity.Reverts, "refused");
        if (oddity == Oddity.ReturnsFalse) _answer(0);
        if (oddity == Oddity.CallsBack && hasHook[from]) ICallback(from).tokensToSend(to, amount);
        balances[from] -= amount;
        uint256 received = amount;
        if (oddity == Oddity.TakesFee) received -= amount / 100;
        if (oddity == Oddity.PaysBonus) received += 1;
        balances[to] += received;
        if (oddity == Oddity.CallsBack && hasHook[to]) ICallback(to).tokensReceived(from, amount);
        if (oddity != Oddity.ReturnsNothing) _answer(1);
    }

    function _answer(uint256 word) private pure {
        assembly {
            mstore(0, word)
            return(0, 32)
        }
    }
}

interface ICallback {
    function tokensToSend(address to, uint256 amount) external;
    function tokensReceived(address from, uint256 amount) external;
}

/// @title A participant that uses a token's callback to call the task again
contract Reentrant {
    address public immutable task;
    bytes[] public inner; // calls made while a token is being moved
    bool public isInside;
    bytes public lastError;

    constructor(address task_, OddToken token) {
        task = task_;
        token.approve(task_, type(uint256).max);
        token.hook();
    }

    function plan(bytes[] calldata calls) external {
        delete inner;
        for (uint256 i = 0; i < calls.length; i++) inner.push(calls[i]);
    }

    function act(bytes calldata call_) external {
        _call(call_);
    }

    function tokensToSend(address, uint256) external {
        _reenter();
    }

    function tokensReceived(address, uint256) external {
        _reenter();
    }

    function _reenter() private {
        if (isInside) return;
        isInside = true;
        for (uint256 i = 0; i < inner.length; i++) _call(inner[i]);
        isInside = false;
    }

    function _call(bytes memory call_) private {
        (bool isDone, bytes memory answer) = task.call(call_);
        if (isDone) return;
        lastError = answer;
        assembly {
            revert(add(answer, 32), mload(answer))
        }
    }
}

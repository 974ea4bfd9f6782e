// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What compiled code does most: checked arithmetic, mappings, arrays, strings, structs, events, errors, calls of every kind, creations.
contract Fragments {
    struct Entry {
        uint128 amount;
        uint64 when;
        address owner;
        bytes note;
    }

    event Moved(address indexed from, address indexed to, uint256 amount);
    event Noted(bytes32 indexed hash, bytes note);

    error Refused(uint256 code, bytes reason);

    uint256 private total = 7;
    mapping(address => uint256) private balances;
    mapping(uint256 => Entry) private entries;
    uint256[] private list;
    string private name = "a name that is longer than thirty-one bytes";
    uint8 private a = 1;
    bool private b = true;
    uint64 private c = 3;

    constructor() payable {
        balances[msg.sender] = 1000;
        list.push(5);
        list.push(9);
    }

    receive() external payable {
        total += msg.value;
    }

    fallback(bytes calldata input) external payable returns (bytes memory) {
        return abi.encodePacked(input, total);
    }

    function move(address to, uint256 amount) external {
        balances[msg.sender] -= amount;
        balances[to] += amount;
        emit Moved(msg.sender, to, amount);
    }

    function note(uint256 key, bytes calldata text) external {
        Entry storage entry = entries[key];
        entry.amount += uint128(text.length);
        entry.when = uint64(block.timestamp);
        entry.owner = msg.sender;
        entry.note = text;
        emit Noted(keccak256(text), text);
    }

    function forget(uint256 key) external {
        delete entries[key];
    }

    function append(uint256 value, uint256 count) external returns (uint256 sum) {
        for (uint256 i = 0; i < count % 8; i++) list.push(value ^ i);
        for (uint256 i = 0; i < list.length; i++) sum += list[i] & 0xffff;
    }

    function shrink() external {
        while (list.length > 1) list.pop();
    }

    function rename(string calldata text) external returns (bytes32) {
        name = text;
        return keccak256(bytes(name));
    }

    function pack(uint256 value) external returns (uint256) {
        a = uint8(value);
        b = value & 256 != 0;
        c = uint64(value >> 9);
        return uint256(a) + (b ? 1 : 0) + c;
    }

    function divide(int256 x, int256 y) external pure returns (int256) {
        return x / y + (x % y);
    }

    function power(uint256 base, uint256 exponent, uint256 modulus) external pure returns (uint256 result) {
        result = 1;
        for (uint256 i = 0; i < 8; i++) {
            if (exponent & 1 != 0) result = mulmod(result, base, modulus);
            base = mulmod(base, base, modulus);
            exponent >>= 1;
        }
    }

    function sort(uint256 seed, uint256 count) external pure returns (uint256[] memory values) {
        values = new uint256[](count % 9);
        for (uint256 i = 0; i < values.length; i++) values[i] = uint256(keccak256(abi.encode(seed, i))) % 100;
        for (uint256 i = 1; i < values.length; i++)
            for (uint256 j = i; j > 0 && values[j - 1] > values[j]; j--)
                (values[j - 1], values[j]) = (values[j], values[j - 1]);
    }

    function attempt(address target, bytes calldata input, uint256 gasLimit) external payable returns (bool, bytes memory) {
        (bool success, bytes memory output) = target.call{value: msg.value / 2, gas: gasLimit}(input);
        if (!success && output.length > 64) revert Refused(gasLimit, output);
        return (success, output);
    }

    function borrow(address target, bytes calldata input) external returns (bool success, bytes memory output) {
        (success, output) = target.delegatecall(input);
    }

    function look(address target, bytes calldata input) external view returns (bool success, bytes memory output) {
        (success, output) = target.staticcall(input);
    }

    function recurse(uint256 depth) external returns (uint256) {
        total += depth;
        if (depth % 16 == 0) return total;
        try this.recurse(depth - 1) returns (uint256 value) {
            return value + 1;
        } catch {
            return 0;
        }
    }

    function create(uint256 salt, uint256 value) external payable returns (address) {
        if (salt == 0) return address(new Child(value));
        try new Child{salt: bytes32(salt), value: msg.value}(value) returns (Child child) {
            child.finish(payable(msg.sender));
            return address(child);
        } catch (bytes memory reason) {
            revert Refused(value, reason);
        }
    }

    function passing(uint256 slot, uint256 value) external returns (uint256 before) {
        assembly {
            before := tload(slot)
            tstore(slot, value)
            if gt(value, 100) { sstore(add(slot, 50), value) }
        }
    }

    function copy(uint256 from, uint256 to, uint256 size) external pure returns (bytes32) {
        assembly {
            mcopy(add(0x80, and(to, 0x3ff)), add(0x80, and(from, 0x3ff)), and(size, 0xff))
            mstore(0, keccak256(0x80, 0x400))
            return(0, 32)
        }
    }
}

/// What is created and goes again.
contract Child {
    uint256 private kept;

    constructor(uint256 value) payable {
        require(value % 5 != 4, "no fours");
        kept = value;
    }

    function finish(address payable heir) external {
        if (kept % 2 == 0) selfdestruct(heir);
        kept = 0;
    }
}

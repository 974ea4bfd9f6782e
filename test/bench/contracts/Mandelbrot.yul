// The Mandelbrot set in fixed point: 32 fractional bits in a signed word. The input is how often a picture of 24 x 12 points is computed
// with at most 48 iterations; each time it is a little smaller. The output is the sum of all iterations.
object "Mandelbrot" {
    code {
        datacopy(0, dataoffset("runtime"), datasize("runtime"))
        return(0, datasize("runtime"))
    }
    object "runtime" {
        code {
            let sum := 0
            for { let n := calldataload(0) } n { n := sub(n, 1) } {
                // 3.0 and 2.4 wide at first
                let stepX := sub(0x20000000, shl(10, and(n, 0xffff)))
                let stepY := sub(0x33333333, shl(10, and(n, 0xffff)))
                for { let row := 0 } lt(row, 12) { row := add(row, 1) } {
                    let b := mul(sub(row, 6), stepY)
                    for { let column := 0 } lt(column, 24) { column := add(column, 1) } {
                        sum := add(sum, iterations(mul(sub(column, 16), stepX), b))
                    }
                }
            }
            mstore(0, sum)
            return(0, 32)

            function iterations(a, b) -> count {
                let x := 0
                let y := 0
                for { } lt(count, 48) { count := add(count, 1) } {
                    let xx := sar(32, mul(x, x))
                    let yy := sar(32, mul(y, y))
                    if sgt(add(xx, yy), 0x400000000) { break }
                    y := add(sar(31, mul(x, y)), b)
                    x := add(sub(xx, yy), a)
                }
            }
        }
    }
}

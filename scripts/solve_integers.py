"""cvc5 for Halmos, with bit vectors taken for integers: products and quotients of amounts are beyond solvers of bits.

Halmos calls it with a file and reads `unsat`, `sat` or `unknown` from the first line.
"""

import sys

import cvc5


def main(path: str) -> None:
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    while not (command := parser.nextCommand()).isNull():
        if answer := command.invoke(solver, parser.getSymbolManager()):
            print(answer, end="", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

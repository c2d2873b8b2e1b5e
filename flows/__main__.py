"""`python -m guantong.flows`: the command line, where there is no console script that could have been moved or renamed."""

from guantong.flows.entry import main

if __name__ == "__main__":
    main()

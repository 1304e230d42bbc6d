#!/bin/bash
# Compares the instructions that a call takes with those kept in bench/instructions: more than 5%
# above fails. What is justified is kept with "accept".
#   tools/instructions.sh [accept]
exec env LUA_PATH='./?.lua;;' lua5.4 bench/instructions.lua "$@"

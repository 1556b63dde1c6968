# SPDX-License-Identifier: Apache-2.0
# MoteForge's core as a MicroPython user C module: cmake -DUSER_C_MODULES=.../native/micropython/micropython.cmake
get_filename_component(MOTE_NATIVE_DIR ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

file(GLOB_RECURSE MOTE_SOURCES CONFIGURE_DEPENDS ${MOTE_NATIVE_DIR}/src/*.c)
file(GLOB MOTE_KERNELS CONFIGURE_DEPENDS ${MOTE_NATIVE_DIR}/src/kernels/*.c)

# The kernels are optimised as in every other build; the rest follows the firmware's own setting (-Os).
file(STRINGS ${MOTE_NATIVE_DIR}/flags.mk MOTE_OPT_LINE REGEX "^MOTE_OPT_KERNELS")
string(REGEX REPLACE "^.*= *" "" MOTE_OPT_KERNELS ${MOTE_OPT_LINE})
set_source_files_properties(${MOTE_KERNELS} PROPERTIES COMPILE_OPTIONS ${MOTE_OPT_KERNELS})

add_library(usermod_mote INTERFACE)
target_sources(usermod_mote INTERFACE ${CMAKE_CURRENT_LIST_DIR}/modmote.c ${MOTE_SOURCES})
target_include_directories(usermod_mote INTERFACE ${MOTE_NATIVE_DIR} ${MOTE_NATIVE_DIR}/src)
target_link_libraries(usermod INTERFACE usermod_mote)

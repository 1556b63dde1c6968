# SPDX-License-Identifier: Apache-2.0
# MoteForge's core as a MicroPython user C module: cmake -DUSER_C_MODULES=.../native/micropython/micropython.cmake
# MOTE_KERNEL_OPT is how the kernels are optimised; the rest follows the firmware's own setting (-Os).
set(MOTE_KERNEL_OPT "-O2" CACHE STRING "Optimisation of MoteForge's kernels")
get_filename_component(MOTE_NATIVE_DIR ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

file(GLOB_RECURSE MOTE_SOURCES CONFIGURE_DEPENDS ${MOTE_NATIVE_DIR}/src/*.c)
file(GLOB MOTE_KERNELS CONFIGURE_DEPENDS ${MOTE_NATIVE_DIR}/src/kernels/*.c)
set_source_files_properties(${MOTE_KERNELS} PROPERTIES COMPILE_OPTIONS ${MOTE_KERNEL_OPT})

add_library(usermod_mote INTERFACE)
target_sources(usermod_mote INTERFACE ${CMAKE_CURRENT_LIST_DIR}/modmote.c ${MOTE_SOURCES})
target_include_directories(usermod_mote INTERFACE ${MOTE_NATIVE_DIR} ${MOTE_NATIVE_DIR}/src)
target_link_libraries(usermod INTERFACE usermod_mote)

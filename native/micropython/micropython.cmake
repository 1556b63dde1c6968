# SPDX-License-Identifier: Apache-2.0
# MoteForge's core as MicroPython user C modules, `_mote` and `_mote_chain`: cmake -DUSER_C_MODULES=.../native/micropython/micropython.cmake
# -DMOTE_OPS="CONV_2D;ADD": which operators, by the names that `mote inspect` prints; all unless set.
get_filename_component(MOTE_NATIVE_DIR ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

file(GLOB_RECURSE MOTE_SOURCES CONFIGURE_DEPENDS ${MOTE_NATIVE_DIR}/src/*.c)

# Sources are optimised as in every other build, but that the rest follows the firmware's own level (-Os).
function(mote_flag NAME RESULT)
  file(STRINGS ${MOTE_NATIVE_DIR}/flags.mk LINE REGEX "^${NAME} ")
  string(REGEX REPLACE "^[^=]*= *" "" LINE "${LINE}")
  set(${RESULT} "${LINE}" PARENT_SCOPE)
endfunction()
mote_flag(MOTE_HOT MOTE_HOT)
mote_flag(MOTE_OPT_HOT MOTE_OPT_HOT)
mote_flag(MOTE_LEAN MOTE_LEAN)
separate_arguments(MOTE_HOT)
separate_arguments(MOTE_LEAN)
foreach(SOURCE ${MOTE_SOURCES})
  get_filename_component(NAME ${SOURCE} NAME_WE)
  if(NAME IN_LIST MOTE_HOT)
    set_source_files_properties(${SOURCE} PROPERTIES COMPILE_OPTIONS ${MOTE_OPT_HOT})
  else()
    set_source_files_properties(${SOURCE} PROPERTIES COMPILE_OPTIONS "${MOTE_LEAN}")
  endif()
endforeach()

# Only execute.c refers to the kernels; the linker drops those that it does not.
file(STRINGS ${MOTE_NATIVE_DIR}/src/operators.def MOTE_KNOWN_OPS REGEX "^MOTE_(OPERATOR|CUSTOM)\\(")
list(TRANSFORM MOTE_KNOWN_OPS REPLACE "^MOTE_[A-Z]+\\(([A-Z0-9_]+).*" "\\1")
set(MOTE_SELECTION)
foreach(NAME ${MOTE_OPS})
  if(NOT NAME IN_LIST MOTE_KNOWN_OPS)
    message(FATAL_ERROR "MOTE_OPS has ${NAME}, which no operator is called; `mote inspect` prints names")
  endif()
  list(APPEND MOTE_SELECTION MOTE_WITH_${NAME}=1)
endforeach()
if(MOTE_SELECTION)
  list(APPEND MOTE_SELECTION MOTE_SELECTED)
endif()
set_source_files_properties(${MOTE_NATIVE_DIR}/src/execute.c PROPERTIES COMPILE_DEFINITIONS "${MOTE_SELECTION}")

add_library(usermod_mote INTERFACE)
foreach(SOURCE modmote.c modchain.c glue.c)
  target_sources(usermod_mote INTERFACE ${CMAKE_CURRENT_LIST_DIR}/${SOURCE})
endforeach()
target_sources(usermod_mote INTERFACE ${MOTE_SOURCES})
target_include_directories(usermod_mote INTERFACE ${MOTE_NATIVE_DIR} ${MOTE_NATIVE_DIR}/src)
target_link_libraries(usermod INTERFACE usermod_mote)

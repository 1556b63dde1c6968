# SPDX-License-Identifier: Apache-2.0
# MoteForge's core as a MicroPython user C module: cmake -DUSER_C_MODULES=.../native/micropython/micropython.cmake
get_filename_component(MOTE_NATIVE_DIR ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

file(GLOB_RECURSE MOTE_SOURCES CONFIGURE_DEPENDS ${MOTE_NATIVE_DIR}/src/*.c)

# The hot sources are optimised as in every other build; the rest follows the firmware's own setting (-Os).
function(mote_flag NAME RESULT)
  file(STRINGS ${MOTE_NATIVE_DIR}/flags.mk LINE REGEX "^${NAME} ")
  string(REGEX REPLACE "^[^=]*= *" "" LINE "${LINE}")
  set(${RESULT} "${LINE}" PARENT_SCOPE)
endfunction()
mote_flag(MOTE_HOT MOTE_HOT)
mote_flag(MOTE_OPT_HOT MOTE_OPT_HOT)
separate_arguments(MOTE_HOT)
foreach(SOURCE ${MOTE_SOURCES})
  get_filename_component(NAME ${SOURCE} NAME_WE)
  if(NAME IN_LIST MOTE_HOT)
    set_source_files_properties(${SOURCE} PROPERTIES COMPILE_OPTIONS ${MOTE_OPT_HOT})
  endif()
endforeach()

add_library(usermod_mote INTERFACE)
target_sources(usermod_mote INTERFACE ${CMAKE_CURRENT_LIST_DIR}/modmote.c ${MOTE_SOURCES})
target_include_directories(usermod_mote INTERFACE ${MOTE_NATIVE_DIR} ${MOTE_NATIVE_DIR}/src)
target_link_libraries(usermod INTERFACE usermod_mote)

# SPDX-License-Identifier: Apache-2.0
# The modules of stock firmware and our package; its native half is compiled in.
include("../../native/micropython/manifest_stock.py")
package("mote", base_path="../../device", opt=3)

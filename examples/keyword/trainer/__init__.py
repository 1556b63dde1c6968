# SPDX-License-Identifier: Apache-2.0
"""Training of the keyword example: synthesized speech, mixed into streams, then learnt."""

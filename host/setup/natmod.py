from node import STEP

echo started by sh

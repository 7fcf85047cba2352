FROM	alpine	AS	a
	RUN	a
	USER		x	
